import type { Static, TObject, TSchema } from 'typebox';
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
  const settings: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, property] of Object.entries<Property>(schema.properties)) {
    const text = env[name]?.trim();
    if (text === undefined || text === '') {
      if (property.default !== undefined) settings[name] = property.default;
      continue;
    }
    settings[name] = convert(text, property.type);
    const [error] = Value.Errors(property, settings[name]);
    if (error !== undefined) {
      problems.push(
        `${name} is "${hideSecrets(name, text)}", but ${error.message}. ${property.description ?? ''}`.trim(),
      );
    }
  }
  if (problems.length === 0) problems.push(...check(settings as Static<Schema>));
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(settings) as Readonly<Static<Schema>>;
}

type Property = TSchema & { type?: string; default?: unknown; description?: string };

/** What isn't written as the type demands stays text, which the schema then refuses. */
function convert(text: string, type: string | undefined): unknown {
  if (type === 'integer' || type === 'number')
    return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (type === 'boolean') return { true: true, false: false }[text] ?? text;
  return text;
}

function hideSecrets(name: string, text: string): string {
  return name.includes('TOKEN') ? '***' : text.replace(/(:\/\/[^\s:/@]*:)[^\s/@]+@/, '$1***@');
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
