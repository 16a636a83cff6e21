/** What an entry can be filtered by: values by name. A name that's not there doesn't filter the entry. */
export type Facets = Readonly<Record<string, readonly string[]>>;

/** What a subscriber wants to see: for each name the values that it accepts, in normal form. Empty: everything. */
export type Filter = ReadonlyMap<string, ReadonlySet<string>>;

/** Accepts everything. */
export const NO_FILTER: Filter = new Map();

/** The filter that accepts, for each name, any of its values. */
export function createFilter(values: Readonly<Record<string, readonly string[]>>): Filter {
  const named = Object.entries(values).filter(([, accepted]) => accepted.length > 0);
  return new Map(named.map(([name, accepted]) => [name, new Set(accepted.map(normalForm))]));
}

/** Facets in the form that `matches` compares. */
export function normalFacets(facets: Facets): Facets {
  const normal = Object.entries(facets).map(([name, values]) => [name, values.map(normalForm)]);
  return Object.fromEntries(normal) as Facets;
}

/** Whether a filter lets an entry pass: one of the values of each name that both have. */
export function matches(filter: Filter, facets: Facets | undefined): boolean {
  if (facets === undefined) return true;
  for (const [name, accepted] of filter) {
    const values = facets[name];
    if (values !== undefined && !values.some((value) => accepted.has(value))) return false;
  }
  return true;
}

/** The same text for filters that accept the same. */
export function filterKey(filter: Filter): string {
  const sorted = [...filter].map(([name, accepted]) => [name, [...accepted].toSorted()] as const);
  return JSON.stringify(sorted.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function normalForm(value: string): string {
  return value.normalize('NFKC').toLowerCase();
}
