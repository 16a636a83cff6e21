import type { PathField, SourceOf } from '@quotewire/sources';
import { compilePattern } from '@quotewire/sources/pattern';
import { compileSelector } from '@quotewire/sources/selector';
import type { Element } from 'domhandler';
import { ExtractError } from './extract-error.ts';
import { jsonValuesIn } from './json-in-script.ts';
import { compilePath, textsIn } from './json-path.ts';
import { compileNextLink } from './next-link.ts';
import { nextNumberedUrl, nextUrlOf } from './next-url.ts';
import { type PageReader, readItems } from './page-reader.ts';
import type { FieldReader, FieldReaders } from './read-item.ts';
import { parseHtml } from './parse-html.ts';
import { collapse, textOfHtml } from './visible-text.ts';

/** Reads answers that are JSON. */
export function compileJson(source: SourceOf<'json'>): PageReader {
  const { item = '.', next, maxItems } = source;
  const findItems = compileItems(item);
  const readers = compilePathFields(source.fields);
  const nextAt =
    next === undefined
      ? undefined
      : compilePath(typeof next === 'string' ? next : (next.while ?? '.'));
  return ({ url, text }) => {
    const answer = parseJson(text, url);
    const items = findItems(answer);
    if (items === undefined) throw nothingAt(item, { url, answer });
    const [value] = nextAt?.(answer) ?? [];
    const hasMore =
      typeof next === 'object' && (next.while === undefined ? items.length > 0 : Boolean(value));
    const nextUrl =
      typeof next === 'object'
        ? hasMore
          ? nextNumberedUrl(next, url)
          : undefined
        : nextUrlOf(typeof value === 'string' && value !== '' ? value : undefined, {
            pageUrl: url,
          });
    return { ...readItems(items, { readers, maxItems }), nextUrl };
  };
}

/** Reads pages whose quotes are JSON in a script. */
export function compileScript(source: SourceOf<'script'>): PageReader {
  const { item = '.', script = 'script', variable, maxItems } = source;
  const findScripts = compileSelector(script);
  const findItems = compileItems(item);
  const readers = compilePathFields(source.fields);
  const nextOf = compileNextLink(source.next);
  return ({ url, text }) => {
    const document = parseHtml(text, url);
    const candidates = findScripts(document)
      .flatMap((element) => [...jsonValuesIn(codeOf(element), { variable })])
      .flatMap((value) => {
        const items = findItems(value);
        return items === undefined ? [] : [readItems(items, { readers, maxItems })];
      });
    const read =
      candidates.find(({ items }) => items.some((one) => one.text !== '')) ?? candidates[0];
    if (read === undefined) {
      throw new ExtractError(
        `${url} has no JSON ${variable === undefined ? '' : `assigned to ${variable} `}in "${script}" with something at "${item}": look at the page's scripts and set script, variable or item`,
        { code: 'not-found' },
      );
    }
    return { ...read, nextUrl: nextOf(document, { pageUrl: url, itemCount: read.itemCount }) };
  };
}

function codeOf(script: Element): string {
  return script.children.map((node) => ('data' in node ? node.data : '')).join('');
}

function compileItems(path: string): (value: unknown) => unknown[] | undefined {
  const find = compilePath(path);
  return (value) => {
    const found = find(value);
    return found.length === 0 ? undefined : found.flat().filter((item) => item !== null);
  };
}

function compilePathFields(fields: {
  text: PathField;
  author?: PathField;
  tags?: PathField;
}): FieldReaders<unknown> {
  return {
    text: compileField(fields.text, { takesAll: false }),
    ...(fields.author && { author: compileField(fields.author, { takesAll: false }) }),
    ...(fields.tags && { tags: compileField(fields.tags, { takesAll: true }) }),
  };
}

function compileField(field: PathField, { takesAll }: { takesAll: boolean }): FieldReader<unknown> {
  const settings = typeof field === 'string' ? { path: field } : field;
  const { path = [], html = false, all = takesAll, pattern, required = false } = settings;
  const finders = [path].flat().map(compilePath);
  return {
    valuesOf(item, limit) {
      for (const find of finders) {
        const values = find(item)
          .flatMap(textsIn)
          .map(html ? textOfHtml : collapse);
        const there = values.filter(Boolean).slice(0, limit);
        if (there.length > 0) return there;
      }
      return [];
    },
    takesAll: all,
    pattern: pattern === undefined ? undefined : compilePattern(pattern),
    isRequired: required,
    default: settings.default,
  };
}

function parseJson(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ExtractError(
      `${url} is not JSON (${(cause as Error).message}): check the source's url and kind`,
      { code: 'not-json', cause },
    );
  }
}

function nothingAt(path: string, { url, answer }: { url: string; answer: unknown }): ExtractError {
  const names = typeof answer === 'object' && answer !== null ? Object.keys(answer) : [];
  return new ExtractError(
    `${url} has nothing at "${path}": set item to where the quotes are; the answer has ${names.slice(0, 20).join(', ') || 'no names'}`,
    { code: 'not-found' },
  );
}
