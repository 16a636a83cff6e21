import type { SourceOf } from '@quotewire/sources';
import {
  authorEvidence,
  isOfOthers,
  lastOf,
  speaksOfQuotes,
  textEvidence,
  type Values,
} from './json-evidence.ts';
import { isProse, shareOf } from './prose.ts';
import { areLines } from './verse.ts';

type Entry = Pick<SourceOf<'json'>, 'item' | 'fields' | 'next'>;
type Fields = Entry['fields'];

const tagNames = /^(?:tags?|categor(?:y|ies)|keywords?|topics?|genres?)$/i;
const nextNames = /^(?:next|nextpage|nexturl|nextpageurl)$/i;
const moreNames = /^(?:hasnext|hasmore|hasnextpage)$/i;

const MAX_DEPTH = 6;
const SAMPLE = 50;
/** The minimum score of a list's texts, or of their field names. */
const MIN_EVIDENCE = 2.5;

interface List {
  path: readonly string[];
  items: readonly unknown[];
}

/** Proposes paths for the quotes in JSON; undefined if nothing looks like quotes. `hint` is other text that may mention quotes: the URL, a script. */
export function proposeJson(
  answer: unknown,
  { url, hint = url }: { url: string; hint?: string },
): Entry | undefined {
  const found = listsIn(answer, hint, []).flatMap(({ path, items }) => {
    const fields = fieldsOf(items, [hint, ...path]);
    return fields === undefined ? [] : [{ path, fields, size: items.length }];
  });
  const [first] = found.sort(
    (a, b) =>
      Number(b.fields.author !== undefined) - Number(a.fields.author !== undefined) ||
      b.size - a.size,
  );
  if (first === undefined) return undefined;
  const next = nextOf(answer, url);
  return {
    ...(first.path.length === 0 ? {} : { item: first.path.join('.') }),
    fields: first.fields,
    ...(next === undefined ? {} : { next }),
  };
}

function listsIn(value: unknown, hint: string, path: readonly string[]): List[] {
  if (Array.isArray(value)) return value.length === 0 ? [] : [{ path, items: value }];
  if (!isObject(value) || path.length >= MAX_DEPTH) return [];
  const isOne = path.length === 0 && fieldsOf([value], [hint]) !== undefined;
  const own = isOne ? [{ path, items: [value] }] : [];
  const inner = Object.entries(value)
    .filter(([name]) => !name.includes('.'))
    .flatMap(([name, one]) => listsIn(one, hint, [...path, name]));
  return [...inner, ...own];
}

function fieldsOf(items: readonly unknown[], names: readonly string[]): Fields | undefined {
  const sample = items.slice(0, SAMPLE);
  const isNamed = names.some(speaksOfQuotes);
  if (sample.every((item) => typeof item === 'string'))
    return isNamed && shareOf(sample, isProse) >= 0.8 ? { text: '.' } : undefined;
  const paths = new Map<string, unknown[]>();
  for (const item of sample) collectPaths(item, '', paths);
  const all = [...paths].map(([path, values]) => ({ path, values }));
  if (isOfOthers(all)) return undefined;
  const common = all.filter(({ values }) => values.length >= sample.length / 2);
  const text = bestOf(common, (one) => textEvidence(one) / one.path.split('.').length);
  if (text === undefined) return undefined;
  const others = common.filter((one) => one !== text);
  const author = bestOf(others, authorEvidence);
  const evidence =
    textEvidence(text) + (author === undefined ? 0 : authorEvidence(author)) + (isNamed ? 2 : 0);
  if (evidence < MIN_EVIDENCE) return undefined;
  const tags = bestOf(others, ({ path, values }) =>
    Number(tagNames.test(lastOf(path)) && values.every(isTags)),
  );
  const isHtml = text.values.some((value) => /<\/?[a-z][^>]*>/i.test(String(value)));
  const hasLines = areLines(
    text.values.map((value) => String(value).replaceAll(/<br *\/?>/gi, '\n')),
  );
  return {
    text:
      isHtml || hasLines
        ? { path: text.path, ...(isHtml && { html: true }), ...(hasLines && { lines: true }) }
        : text.path,
    ...(author === undefined ? {} : { author: author.path }),
    ...(tags === undefined ? {} : { tags: tags.path }),
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

function bestOf(
  candidates: readonly Values[],
  score: (values: Values) => number,
): Values | undefined {
  const scored = candidates.map((values) => ({ values, score: score(values) }));
  return scored.filter((one) => one.score > 0).sort((a, b) => b.score - a.score)[0]?.values;
}

/** Finds the path of the next page's URL, or builds its URL template from the page number. */
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
