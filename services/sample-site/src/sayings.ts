import { antiquity } from './sayings/antiquity.ts';
import { moderns } from './sayings/moderns.ts';
import { proverbs } from './sayings/proverbs.ts';

/** A proverb or an old quotation. */
export interface Saying {
  readonly text: string;
  readonly author: string;
  readonly tags: readonly string[];
}

/** The real sayings of the site. Their authors died more than a hundred years ago. */
export const sayings: readonly Saying[] = [proverbs, antiquity, moderns].flatMap(readSayings);

/** Reads the notation of the lists: the line of an author, then his sayings with their tags. */
function readSayings(list: string): Saying[] {
  let author = '';
  return list
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [text = '', ...tags] = line.split(' #');
      if (tags.length > 0) return [{ text, author, tags }];
      author = text;
      return [];
    });
}
