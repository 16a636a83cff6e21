import { visibleText } from '@quotewire/extract/visible-text';
import { compileSelector, type MarkupField } from '@quotewire/sources';
import type { Element } from 'domhandler';
import { shareOf } from './prose.ts';

/** One line break may be there for the layout; verse has more. */
const MIN_LINES = 3;
const MAX_LINE_LENGTH = 80;
const MIN_SHARE = 1 / 3;

/** Whether enough texts of a field are verses or dialogues, so that their line breaks must be kept. */
export function areVerses(texts: readonly Element[], field: MarkupField): boolean {
  const { exclude, pattern } = typeof field === 'string' ? {} : field;
  const find = exclude === undefined ? () => [] : compileSelector(exclude);
  const expression = pattern === undefined ? undefined : new RegExp(pattern, 'su');
  const wholes = texts.map((text) =>
    visibleText(text, { excluded: new Set(find(text)), hasLines: true }),
  );
  return areLines(wholes.map((whole) => expression?.exec(whole)?.groups?.text ?? whole));
}

/** The same for texts that are already split into lines. */
export function areLines(texts: readonly string[]): boolean {
  return shareOf(texts, isVerse) >= MIN_SHARE;
}

/** The field, so that it keeps line breaks. */
export function withLines(field: MarkupField): MarkupField {
  return { ...(typeof field === 'string' ? { selector: field } : field), lines: true };
}

function isVerse(text: string): boolean {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.length >= MIN_LINES && lines.every(({ length }) => length <= MAX_LINE_LENGTH);
}
