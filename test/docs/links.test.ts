import { existsSync, globSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  anchorsOf,
  type Document,
  linksOf,
  readDocument,
  readDocuments,
  ROOT,
} from './documents.ts';

/** Where a relative link leads, or why it leads nowhere. */
function problemWith(link: string, document: Document): string | undefined {
  const [file = '', anchor] = link.split('#');
  const path = file === '' ? document.path : normalize(join(dirname(document.path), file));
  if (!existsSync(join(ROOT, path))) return `${link}: there is no ${path}`;
  if (anchor === undefined) return undefined;
  return anchorsOf(readDocument(path)).includes(anchor)
    ? undefined
    : `${link}: ${path} has no such heading`;
}

const FOLDERS =
  'packages|services|commands|test|bench|docs|examples|scripts|saved-pages|\\.ci|\\.github';
const EXTENSIONS = 'ts|js|json|md|yml|css|html|svg|png|conf|env';
const PATH = new RegExp(`^(?:(?:${FOLDERS})/[\\w@./*-]*|[\\w@][\\w@./*-]*\\.(?:${EXTENSIONS}))$`);

/**
 * Returns the code spans that are paths: those that begin with a folder of the root and a slash, or
 * begin with a letter and end with a file extension. A `*` matches any name.
 */
function pathsIn({ prose }: Document): string[] {
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
  return spans.filter((span) => PATH.test(span));
}

/** A path is relative to the root, to the document's folder, or to `src` in it. */
function isThere(path: string, { path: document }: Document): boolean {
  const folder = join(ROOT, dirname(document));
  return [ROOT, folder, join(folder, 'src')].some((cwd) => globSync(path, { cwd }).length > 0);
}

describe.each(readDocuments())('$path', (document) => {
  it('links to files and headings that exist', () => {
    const problems = linksOf(document).map((link) => problemWith(link, document));
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });

  it('names paths that exist', () => {
    expect(pathsIn(document).filter((path) => !isThere(path, document))).toEqual([]);
  });
});

it('finds the links, headings and paths of a document', () => {
  const prose =
    '# A `b`: c\n# A b c\n[x](y.md#z) [web](https://example.org)\n`test/x.ts` `a.b` `/c.json`';
  const document = { path: 'x.md', text: prose, prose };
  expect(anchorsOf(document)).toEqual(['a-b-c', 'a-b-c-1']);
  expect(linksOf(document)).toEqual(['y.md#z']);
  expect(pathsIn(document)).toEqual(['test/x.ts']);
  expect(problemWith('README.md#no-such-heading', document)).toContain('no such heading');
  expect(problemWith('nowhere.md', document)).toContain('there is no nowhere.md');
});
