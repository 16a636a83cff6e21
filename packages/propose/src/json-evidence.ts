import { isProse, isSentence, shareOf } from './prose.ts';

/** The values at one path of a list's items. */
export interface Values {
  readonly path: string;
  readonly values: readonly unknown[];
}

const QUOTE = /quot(?:e|ation)|saying|aphorism|proverb|citation|zitat|frase|cytat/i;
const textNames = /^(?:text|content|body|message)$/i;
const authorNames = /^(?:by|person|speaker|character|name|a|fromwho|saidby)$/i;
const authorPaths = /(?:author|person|speaker|character)\w*\.(?:name|fullname|title)$/i;
/** What is sold, reviewed, reported or translated has texts too. */
const otherNames =
  /^(?:price|sku|rating|reviewrating|headline|articlebody|currency|href|onclick)$/i;
const otherTypes =
  /Product|Offer|Review|Rating|Article|Posting|Comment|Question|Answer|Recipe|Event|Organization|WebSite|WebPage|BreadcrumbList/;

const MAX_NAME_LENGTH = 60;
const MAX_LENGTH = 2_000;

/** Whether a name, or an address, speaks of quotes. */
export function speaksOfQuotes(name: string): boolean {
  return QUOTE.test(name);
}

/** Scores whether these are the texts of quotes; 0 if they can't be. */
export function textEvidence({ path, values }: Values): number {
  const texts = values.filter((value) => typeof value === 'string').map(withoutTags);
  const length = texts.reduce((sum, text) => sum + text.length, 0) / Math.max(1, texts.length);
  if (texts.length < values.length || length > MAX_LENGTH || shareOf(texts, isProse) < 0.5)
    return 0;
  const name = lastOf(path);
  if (QUOTE.test(name)) return 3;
  // n.b. a pair of names: answers to questions aren't names of people
  if (name === 'q') return 2;
  if (textNames.test(name)) return QUOTE.test(path) ? 3 : 1;
  return shareOf(texts, isSentence) >= 0.5 ? 0.1 : 0;
}

/** Scores whether these are the names of authors; 0 if they can't be. */
export function authorEvidence({ path, values }: Values): number {
  const names = values.filter((value) => typeof value === 'string');
  if (names.length < values.length) return 0;
  if (shareOf(names, (name) => name.length <= MAX_NAME_LENGTH && !isSentence(name)) < 0.8) return 0;
  if (authorPaths.test(path) || /author|attribut/i.test(lastOf(path))) return 2;
  return authorNames.test(lastOf(path)) ? 0.5 : 0;
}

/** Whether a list's items are known to be something else. */
export function isOfOthers(all: readonly Values[]): boolean {
  return all.some(
    ({ path, values }) =>
      otherNames.test(lastOf(path)) ||
      (lastOf(path) === '@type' && values.some((value) => otherTypes.test(String(value)))),
  );
}

/** The last name of a path, as it's compared: `quote_text` is quotetext. */
export function lastOf(path: string): string {
  return (path.split('.').at(-1) ?? '').replaceAll(/[_-]/g, '');
}

function withoutTags(text: string): string {
  return text.replaceAll(/<[^>]*>/g, ' ');
}
