import type { Static, TObject } from 'typebox';
import { Value } from 'typebox/value';

/** The process's environment, or something like it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment is wrong; the message has a line for each bad variable, and says the fix. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/**
 * Reads the variables that a schema describes out of the environment, as the types that it names,
 * with its defaults. An empty variable counts as absent. Throws `ConfigError`.
 */
export function readSettings<Schema extends TObject>(
  schema: Schema,
  env: Environment,
  check: (settings: Static<Schema>) => readonly string[] = () => [],
): Readonly<Static<Schema>> {
  const given = Object.fromEntries(
    Object.keys(schema.properties).flatMap((name) => {
      const text = env[name]?.trim();
      return text === undefined || text === '' ? [] : [[name, text]];
    }),
  );
  const settings = Value.Default(schema, Value.Convert(schema, given)) as Static<Schema>;
  const problems = new Map<string, string>();
  for (const error of Value.Errors(schema, settings)) {
    const name = error.instancePath.split('/')[1] ?? '';
    const { description = '' } = (schema.properties[name] ?? {}) as { description?: string };
    if (!problems.has(name)) {
      problems.set(
        name,
        `${name} is "${given[name]}", but ${error.message}. ${description}`.trim(),
      );
    }
  }
  const found = problems.size > 0 ? [...problems.values()] : check(settings);
  if (found.length > 0) throw new ConfigError(found);
  return Object.freeze(settings);
}

/** Makes one loader of two, whose error lists what either of them found. */
export function combine<A extends object, B extends object>(
  first: (env: Environment) => A,
  second: (env: Environment) => B,
): (env: Environment) => Readonly<A & B> {
  return (env) => {
    const problems: string[] = [];
    const attempt = <T>(load: (env: Environment) => T): T | undefined => {
      try {
        return load(env);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        problems.push(...error.problems);
        return undefined;
      }
    };
    const [a, b] = [attempt(first), attempt(second)];
    if (a === undefined || b === undefined) throw new ConfigError(problems);
    return Object.freeze({ ...a, ...b });
  };
}
