/** Scripts that are written without spaces between words: two of their characters count as a word. */
const WITHOUT_SPACES =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/gu;
const WORD = /(?<![\p{L}\p{N}_])\p{L}[\p{L}\p{M}'’-]*(?![\p{N}_])/gu;
const END = /[.!?…。！？।؟][\p{Pe}\p{Pf}\p{Pi}"'*\s]*$|[”»’」』]$/u;
/** Texts that are not prose: URLs, names of fonts and classes, code. */
const CODE = /\w+:\/\/|[A-Za-z][:=]\w|\w[/\\]\w+[/\\]|[{}<>]|[\w)]\(|\w_\w|\*\.|--\w/;

/** The minimum number of words of a proposed text. */
const MIN_WORDS = 3;

/** Counts the words of a text, also in scripts without spaces. */
export function wordsIn(text: string): number {
  const unspaced = text.match(WITHOUT_SPACES)?.length ?? 0;
  return (text.replaceAll(WITHOUT_SPACES, ' ').match(WORD)?.length ?? 0) + unspaced / 2;
}

/** Whether a text may be prose, rather than a name, a number or a URL. */
export function isProse(text: string): boolean {
  const words = wordsIn(text);
  const signs = text.split(/\s+/).length;
  return words >= MIN_WORDS && words >= signs / 2 && !CODE.test(text);
}

/** Whether it's prose that ends as a sentence does. */
export function isSentence(text: string): boolean {
  return END.test(text.trim()) && isProse(text);
}

const INITIAL = /^["“„«『「(]?(?:\p{Lu}|\p{Lo}|\p{Lt}|\p{N})/u;

/** Whether a text may be the attribution of a quote: a name, a name and a work, "African proverb". */
export function isByline(text: string): boolean {
  const name = text.replace(/^[\s—―–~-]+/, '').trim();
  if (name.length < 2 || name.length > 120 || !INITIAL.test(name)) return false;
  if (/[!?;]$/.test(name)) return false;
  const words = name.match(/\p{L}[\p{L}\p{M}.'’-]*/gu) ?? [];
  const small = words.filter((word) => /^\p{Ll}/u.test(word)).length;
  const isLongSentence = words.length > 5 && /\p{Ll}{3,}\.$/u.test(name);
  return words.length > 0 && small <= words.length / 2 && !isLongSentence;
}

/** How many of all pass a test, from 0 to 1. */
export function shareOf<T>(all: readonly T[], test: (one: T) => boolean): number {
  return all.filter(test).length / Math.max(1, all.length);
}

/** Whether a text is nothing but marks and signs. */
export function isSignsOnly(text: string): boolean {
  return !/[\p{L}\p{N}]/u.test(text);
}
