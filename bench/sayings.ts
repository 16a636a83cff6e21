import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An old quotation. */
interface Saying {
  readonly text: string;
  readonly author: string;
  readonly tags: readonly string[];
}

const LISTS = join(import.meta.dirname, '../services/sample-site/src/sayings/*.ts');

/** Reads the real sayings of the sample site: the line of an author, then his sayings with their tags. */
export function readSayings(): Saying[] {
  return globSync(LISTS)
    .toSorted()
    .flatMap((file) => {
      const [, list = ''] = readFileSync(file, 'utf8').split('`\n');
      let author = '';
      return list.split('\n').flatMap((line) => {
        const [text = '', ...tags] = line.split(' #');
        if (tags.length > 0) return [{ text, author, tags }];
        author = text;
        return [];
      });
    });
}
