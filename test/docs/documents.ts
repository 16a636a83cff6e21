import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The repository's root. */
export const ROOT = join(import.meta.dirname, '../..');

/** A Markdown file of the repository. */
export interface Document {
  /** Relative to the root. */
  readonly path: string;
  readonly text: string;
  /** The text without its fenced blocks. */
  readonly prose: string;
}

/** Reads a Markdown file by its path relative to the root. */
export function readDocument(path: string): Document {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return { path, text, prose: text.replaceAll(/^```.*?^```$/gms, '') };
}

/** Reads all Markdown files of the repository. */
export function readDocuments(): Document[] {
  return globSync('**/*.md', { cwd: ROOT, exclude: ['**/node_modules/**'] })
    .sort()
    .map((path) => readDocument(path));
}

/** The fenced blocks of a language. */
export function blocksOf({ text }: Document, language: string): string[] {
  const blocks = text.matchAll(/^```(\w*)\n(.*?)^```$/gms);
  return [...blocks].flatMap(([, name, block = '']) => (name === language ? [block] : []));
}

/** The targets of links to other files and to headings. */
export function linksOf({ prose }: Document): string[] {
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^(https?|mailto):/.test(target));
}

/** The anchors of a document's headings, as GitHub makes them. */
export function anchorsOf({ prose }: Document): string[] {
  const counts = new Map<string, number>();
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => {
    const words = heading.replaceAll(/\]\([^)]*\)/g, '').toLowerCase();
    const anchor = words.replaceAll(/[^\p{L}\p{M}\p{N} _-]/gu, '').replaceAll(' ', '-');
    const count = counts.get(anchor) ?? 0;
    counts.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}
