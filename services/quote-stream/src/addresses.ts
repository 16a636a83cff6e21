import type { Request } from '@quotewire/service';
import type { ListQuery } from './list-query.ts';

/** The origin under which the client sees this service, also behind a proxy. */
export function originOf({ protocol, host }: Request): string {
  return `${protocol}://${host}`;
}

type Selecting = Pick<ListQuery, 'source' | 'author' | 'tag' | 'q'>;

/** The part of a query that selects quotes, as the pairs of an address. */
export function pairsOf({ source, author, tag, q }: Selecting): [string, string][] {
  const named = Object.entries({ source, author, tag });
  const pairs = named.flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  return q?.trim() ? [...pairs, ['q', q.trim()]] : pairs;
}

/** A path with a query; without pairs just the path. */
export function pathWith(path: string, pairs: readonly [string, string][]): string {
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`;
}
