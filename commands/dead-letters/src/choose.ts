/** An id that is unknown or ambiguous. */
export class ChoiceError extends Error {
  override readonly name = 'ChoiceError';
}

/** Finds dead letters by ids or their prefixes, in the order of the ids; includes all copies of a message. Throws `ChoiceError`. */
export function choose<Letter extends { readonly id: string }>(
  letters: readonly Letter[],
  prefixes: readonly string[],
): Letter[] {
  const chosen = new Set(prefixes.map((prefix) => idOf(letters, prefix)));
  return letters.filter(({ id }) => chosen.has(id));
}

function idOf(letters: readonly { readonly id: string }[], prefix: string): string {
  const ids = [...new Set(letters.map(({ id }) => id))];
  const matching = ids.filter((id) => id.startsWith(prefix));
  const [found] = matching;
  if (ids.includes(prefix)) return prefix;
  if (found === undefined) {
    const instead = ids.length === 0 ? 'there are no dead letters' : 'list shows those that have';
    throw new ChoiceError(`no dead letter has an id that begins with "${prefix}": ${instead}`);
  }
  if (matching.length > 1) {
    throw new ChoiceError(`"${prefix}" begins the ids of several: ${matching.join(', ')}`);
  }
  return found;
}

const SHORTEST = 8;

/** Returns the length of prefix that distinguishes all ids, at least 8 characters. */
export function shortIdLength(ids: readonly string[]): number {
  const distinct = new Set(ids);
  let length = SHORTEST;
  while (new Set([...distinct].map((id) => id.slice(0, length))).size < distinct.size) length += 1;
  return length;
}
