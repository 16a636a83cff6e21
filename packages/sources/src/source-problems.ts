import type { MarkupField, PathField } from './field.ts';
import { compilePattern } from './pattern.ts';
import { compileSelector } from './selector.ts';
import type { Source, SourceKind } from './source.ts';
import { isOwnSite, MIN_INTERVAL_SECONDS } from './site-policy.ts';

/** What a field of each kind of source selects its values by. */
const selectsBy: Readonly<Record<SourceKind, 'selector' | 'path'>> = {
  html: 'selector',
  feed: 'selector',
  json: 'path',
  script: 'path',
};

interface Place {
  /** Where the source is in the file: `/sources/0`. */
  at: string;
  /** The names of the previous sources. */
  takenNames: ReadonlySet<string>;
}

/** Finds the problems of a source beyond its schema: one sentence each, beginning with the place. */
export function problemsOf(source: Source, { at, takenNames }: Place): string[] {
  const problems: string[] = [];
  if (takenNames.has(source.name)) {
    problems.push(`${at}/name "${source.name}" is taken by another source: choose another name`);
  }
  if (!URL.canParse(source.url)) {
    problems.push(`${at}/url "${source.url}" is not a URL`);
  } else {
    const { username, password } = new URL(source.url);
    if (username !== '' || password !== '') {
      problems.push(
        `${at}/url has a user or a password, which every quote would publish: leave them out`,
      );
    }
    const interval = source.intervalSeconds ?? MIN_INTERVAL_SECONDS;
    if (interval < MIN_INTERVAL_SECONDS && !isOwnSite(source)) {
      problems.push(
        `${at}/intervalSeconds is ${interval}: at least ${MIN_INTERVAL_SECONDS} for a site that isn't your own`,
      );
    }
  }
  return [
    ...problems,
    ...compileErrorsOf(selectorsOf(source, at), (text) =>
      compileSelector(text, { isXml: source.kind === 'feed' }),
    ).map((problem) => `${problem}: write a CSS selector`),
    ...compileErrorsOf(patternsOf(source, at), compilePattern).map(
      (problem) => `${problem}: write a regular expression`,
    ),
    ...emptyFieldsOf(source, at),
    ...linesOfOthers(source, at),
  ];
}

function compileErrorsOf(
  texts: readonly (readonly [place: string, text: string | undefined])[],
  compile: (text: string) => unknown,
): string[] {
  return texts.flatMap(([place, text]) => {
    if (text === undefined) return [];
    try {
      compile(text);
      return [];
    } catch (error) {
      return [`${place} "${text}" can't be used, ${(error as Error).message}`];
    }
  });
}

function selectorsOf(source: Source, at: string): [string, string | undefined][] {
  const { kind = 'html', next } = source;
  if (kind === 'json') return [];
  const found: [string, string | undefined][] = [
    typeof next === 'string' ? [`${at}/next`, next] : [`${at}/next/while`, next?.while],
  ];
  if (source.kind === 'script') return [...found, [`${at}/script`, source.script]];
  found.push([`${at}/item`, source.item]);
  for (const [place, field] of fieldsOf(source, at)) {
    if (typeof field === 'string') {
      found.push([place, field]);
      continue;
    }
    const { selector, exclude } = field as Exclude<MarkupField, string>;
    if (typeof selector === 'string') found.push([`${place}/selector`, selector]);
    else selector?.forEach((one, index) => found.push([`${place}/selector/${index}`, one]));
    found.push([`${place}/exclude`, exclude]);
  }
  return found;
}

function patternsOf(source: Source, at: string): [string, string | undefined][] {
  return fieldsOf(source, at).map(([place, field]) => [
    `${place}/pattern`,
    typeof field === 'string' ? undefined : field.pattern,
  ]);
}

function emptyFieldsOf(source: Source, at: string): string[] {
  const where = selectsBy[source.kind ?? 'html'];
  return fieldsOf(source, at).flatMap(([place, field]) =>
    typeof field === 'string' || where in field || field.default !== undefined
      ? []
      : [`${place} has no ${where}: add a ${where}, or a default`],
  );
}

function linesOfOthers(source: Source, at: string): string[] {
  return fieldsOf(source, at).flatMap(([place, field]) =>
    typeof field !== 'string' && field.lines === true && !place.endsWith('/text')
      ? [`${place}/lines is for text alone: leave it out`]
      : [],
  );
}

function fieldsOf(source: Source, at: string): [string, MarkupField | PathField][] {
  return Object.entries(source.fields ?? {}).map(([name, field]) => [
    `${at}/fields/${name}`,
    field as MarkupField | PathField,
  ]);
}
