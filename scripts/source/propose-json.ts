import type { SourceOf } from '@quotewire/sources';

type Entry = Pick<SourceOf<'json'>, 'item' | 'fields' | 'next'>;
type Fields = Entry['fields'];

const textNames = /^(?:text|quote|quotetext|content|body|saying|message|q)$/i;
const authorNames = /^(?:author|authorname|quoteauthor|by|person|speaker|character|name|a)$/i;
const authorPaths = /(?:author|person|speaker|character)\w*\.(?:name|fullname|title)$/i;
const tagNames = /^(?:tags?|categor(?:y|ies)|keywords?|topics?|genres?)$/i;
const nextNames = /^(?:next|nextpage|nexturl|nextpageurl)$/i;
const moreNames = /^(?:hasnext|hasmore|hasnextpage)$/i;

const MAX_DEPTH = 6;
const SAMPLE = 50;
const MIN_LENGTH = 8;

interface List {
  path: readonly string[];
  items: readonly unknown[];
}

/** Where the quotes in an answer seem to be; undefined when nothing looks like some. */
export function proposeJson(answer: unknown, { url }: { url: string }): Entry | undefined {
  const found = listsIn(answer, []).flatMap(({ path, items }) => {
    const fields = fieldsOf(items);
    return fields === undefined ? [] : [{ path, fields, size: items.length }];
  });
  const [best] = found.sort(
    (a, b) =>
      Number(b.fields.author !== undefined) - Number(a.fields.author !== undefined) ||
      b.size - a.size,
  );
  if (best === undefined) return undefined;
  const next = nextOf(answer, url);
  return {
    ...(best.path.length === 0 ? {} : { item: best.path.join('.') }),
    fields: best.fields,
    ...(next === undefined ? {} : { next }),
  };
}

function listsIn(value: unknown, path: readonly string[]): List[] {
  if (Array.isArray(value)) return value.length === 0 ? [] : [{ path, items: value }];
  if (!isObject(value) || path.length >= MAX_DEPTH) return [];
  const own =
    path.length === 0 && fieldsOf([value]) !== undefined ? [{ path, items: [value] }] : [];
  const inner = Object.entries(value)
    .filter(([name]) => !name.includes('.'))
    .flatMap(([name, one]) => listsIn(one, [...path, name]));
  return [...inner, ...own];
}

function fieldsOf(items: readonly unknown[]): Fields | undefined {
  const sample = items.slice(0, SAMPLE);
  if (sample.every((item) => typeof item === 'string'))
    return sample.every((item) => item.length >= 2 * MIN_LENGTH) ? { text: '.' } : undefined;
  const paths = new Map<string, unknown[]>();
  for (const item of sample) collectPaths(item, '', paths);
  const common = [...paths].filter(([, values]) => values.length >= sample.length / 2);
  const text = best(common, (path, values) => {
    const texts = values.filter((value) => typeof value === 'string');
    const isProse = texts.length === values.length && averageOf(texts) >= MIN_LENGTH;
    return isProse && textNames.test(lastOf(path)) ? 1 / path.split('.').length : 0;
  });
  if (text === undefined) return undefined;
  const author = best(common, (path, values) => {
    if (path === text || !values.every((value) => typeof value === 'string')) return 0;
    if (authorPaths.test(path)) return 3;
    return authorNames.test(path) ? 2 + Number(/author/i.test(path)) : 0;
  });
  const tags = best(common, (path, values) => Number(tagNames.test(path) && values.every(isTags)));
  const isHtml = paths.get(text)?.some((value) => /<\/?[a-z][^>]*>/i.test(String(value)));
  return {
    text: isHtml === true ? { path: text, html: true } : text,
    ...(author === undefined ? {} : { author }),
    ...(tags === undefined ? {} : { tags }),
  };
}

function collectPaths(value: unknown, path: string, paths: Map<string, unknown[]>): void {
  if (isObject(value)) {
    if (path.split('.').length >= 3) return;
    for (const [name, one] of Object.entries(value))
      if (name !== '' && !name.includes('.'))
        collectPaths(one, path === '' ? name : `${path}.${name}`, paths);
  } else if (value !== null && path !== '') {
    const values = paths.get(path) ?? [];
    values.push(value);
    paths.set(path, values);
  }
}

function best(
  candidates: readonly (readonly [path: string, values: readonly unknown[]])[],
  score: (path: string, values: readonly unknown[]) => number,
): string | undefined {
  const scored = candidates.map(([path, values]) => ({ path, score: score(path, values) }));
  return scored.filter((one) => one.score > 0).sort((a, b) => b.score - a.score)[0]?.path;
}

/** Where the next page's address is in the answer, or how its number goes into the address. */
function nextOf(answer: unknown, url: string): Entry['next'] {
  if (!isObject(answer)) return undefined;
  const entries = Object.entries(answer).map(
    ([name, value]) => [name, name.replaceAll(/[_-]/g, ''), value] as const,
  );
  const link = entries.find(
    ([, plain, value]) => nextNames.test(plain) && typeof value === 'string' && /[/?]/.test(value),
  );
  if (link !== undefined) return link[0];
  const more = entries.find(
    ([, plain, value]) => moreNames.test(plain) && typeof value === 'boolean',
  );
  if (more === undefined) return undefined;
  const numbered = new URL(url);
  numbered.searchParams.set('page', '{page}');
  const address = `${numbered.pathname}${numbered.search}`.replace('%7Bpage%7D', '{page}');
  return { url: address, while: more[0] };
}

function isTags(value: unknown): boolean {
  return Array.isArray(value)
    ? value.every((one) => typeof one === 'string')
    : typeof value === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function lastOf(path: string): string {
  return path.split('.').at(-1) ?? '';
}

function averageOf(texts: readonly string[]): number {
  return texts.reduce((sum, { length }) => sum + length, 0) / Math.max(1, texts.length);
}
