/** Compiles a path such as `author.name` into a function that returns all values at the path. */
export function compilePath(path: string): (value: unknown) => unknown[] {
  const names = path === '.' ? [] : path.split('.');
  return (value) => {
    let values = [value];
    for (const name of names) values = values.flatMap((one) => below(one, name));
    return values;
  };
}

/** The texts of a value, or of each element of a list. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  return Array.isArray(value) ? value.flatMap(textsIn) : [];
}

function below(value: unknown, name: string): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (name === '*') return Object.values(value);
  // a name selects that property of each element
  if (Array.isArray(value) && !/^\d+$/.test(name)) return value.flatMap((one) => below(one, name));
  return Object.hasOwn(value, name) ? [(value as Record<string, unknown>)[name]] : [];
}
