import type { PathField, SourceOf } from '@quotewire/sources';
import { compilePattern, FIELD_NAMES, type FieldName } from '@quotewire/sources/pattern';
import { compileSelector } from '@quotewire/sources/selector';
import { ExtractError } from './extract-error.ts';
import { codeOf, jsonValuesIn } from './json-in-script.ts';
import { compilePath, textsIn } from './json-path.ts';
import { baseUrlOf, compileNextLink } from './next-link.ts';
import { LAST_PAGE, type NextPage, nextNumberedUrl, nextUrlOf } from './next-url.ts';
import { type PageReader, readItems } from './page-reader.ts';
import type { FieldReader, FieldReaders } from './read-item.ts';
import { parseHtml } from './parse-html.ts';
import { collapse, collapseLines, textOfHtml } from './visible-text.ts';

/** Compiles a source of JSON. */
export function compileJson(source: SourceOf<'json'>): PageReader {
  const { item = '.', next, maxItems } = source;
  const findItems = compileItems(item);
  const readers = compilePathFields(source.fields);
  const nextAt =
    next === undefined
      ? undefined
      : compilePath(typeof next === 'string' ? next : (next.while ?? '.'));
  const nextOf = (answer: unknown, items: readonly unknown[], pageUrl: string): NextPage => {
    const [value] = nextAt?.(answer) ?? [];
    if (typeof next !== 'object') {
      const href = typeof value === 'string' && value !== '' ? value : undefined;
      return nextUrlOf(href, { pageUrl });
    }
    const hasMore = next.while === undefined ? items.length > 0 : Boolean(value);
    return hasMore ? nextNumberedUrl(next, pageUrl) : LAST_PAGE;
  };
  return ({ url, text }) => {
    const answer = parseJson(text, url);
    const items = findItems(answer);
    if (items === undefined) throw nothingAt(item, { url, answer });
    return {
      ...readItems(items, { readers, baseUrl: url, maxItems }),
      ...nextOf(answer, items, url),
    };
  };
}

/** Compiles a source whose quotes are JSON in a script. */
export function compileScript(source: SourceOf<'script'>): PageReader {
  const { item = '.', script = 'script', variable, maxItems } = source;
  const findScripts = compileSelector(script);
  const findItems = compileItems(item);
  const readers = compilePathFields(source.fields);
  const nextOf = compileNextLink(source.next);
  return ({ url, text }) => {
    const document = parseHtml(text, url);
    const baseUrl = baseUrlOf(document, url);
    const candidates = findScripts(document)
      .flatMap((element) => [...jsonValuesIn(codeOf(element), { variable })])
      .flatMap((value) => {
        const items = findItems(value);
        return items === undefined ? [] : [readItems(items, { readers, baseUrl, maxItems })];
      });
    const read =
      candidates.find(({ items }) => items.some((one) => one.text !== '')) ?? candidates[0];
    if (read === undefined) {
      throw new ExtractError(
        `${url} has no JSON ${variable === undefined ? '' : `assigned to ${variable} `}in "${script}" with something at "${item}": look at the page's scripts and set script, variable or item`,
        { code: 'not-found' },
      );
    }
    return { ...read, ...nextOf(document, { pageUrl: url, itemCount: read.itemCount }) };
  };
}

function compileItems(path: string): (value: unknown) => unknown[] | undefined {
  const find = compilePath(path);
  return (value) => {
    const found = find(value);
    return found.length === 0 ? undefined : found.flat().filter((item) => item !== null);
  };
}

function compilePathFields(
  fields: Readonly<Partial<Record<FieldName, PathField>>>,
): FieldReaders<unknown> {
  return Object.fromEntries(
    FIELD_NAMES.flatMap((name) => {
      const field = fields[name];
      return field === undefined
        ? []
        : [[name, compileField(field, { takesAll: name === 'tags' })]];
    }),
  );
}

function compileField(field: PathField, { takesAll }: { takesAll: boolean }): FieldReader<unknown> {
  const settings = typeof field === 'string' ? { path: field } : field;
  const { path = [], html = false, all = takesAll, pattern, required = false } = settings;
  const { lines: hasLines = false } = settings;
  const plain = hasLines ? collapseLines : collapse;
  const finders = [path].flat().map(compilePath);
  return {
    valuesOf(item, limit) {
      for (const find of finders) {
        const values = find(item)
          .flatMap(textsIn)
          .map(html ? (text) => textOfHtml(text, { hasLines }) : plain);
        const there = values.filter(Boolean).slice(0, limit);
        if (there.length > 0) return there;
      }
      return [];
    },
    takesAll: all,
    hasLines,
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
