import type { Static, TObject, TSchema } from 'typebox';
import { Value } from 'typebox/value';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment is invalid; the message has a line with the fix for each bad variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/**
 * Reads the variables of a schema from the environment, with its types and defaults. An empty variable counts as absent. Throws `ConfigError`.
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
        `${name} is "${hideSecrets(name, text)}", but must be ${inWords(error, property)}. ${property.description ?? ''}`.trim(),
      );
    }
  }
  if (problems.length === 0) problems.push(...check(settings as Static<Schema>));
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(settings) as Readonly<Static<Schema>>;
}

type Property = TSchema & {
  type?: string;
  default?: unknown;
  description?: string;
  /** What the value must be, as the rest of a sentence; needed beside a `pattern`. */
  mustBe?: string;
};

/** What a value must be, as the rest of a sentence, where an error of its schema says it in signs. */
function inWords({ keyword, params, message }: SchemaError, { mustBe, type }: Property): string {
  if (mustBe !== undefined) return mustBe;
  const { limit } = params as { limit?: number };
  if (keyword === 'minimum') return `at least ${limit}`;
  if (keyword === 'maximum') return `at most ${limit}`;
  if (keyword !== 'type') return message.replace(/^must be /, '');
  return (
    { integer: 'a whole number', number: 'a number', boolean: 'true or false' }[type ?? ''] ??
    `${type}`
  );
}

interface SchemaError {
  readonly keyword: string;
  readonly params: object;
  readonly message: string;
}

/** Converts text to the type; invalid text stays text, which the schema refuses. */
function convert(text: string, type: string | undefined): unknown {
  if (type === 'integer' || type === 'number')
    return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (type === 'boolean') return { true: true, false: false }[text] ?? text;
  return text;
}

function hideSecrets(name: string, text: string): string {
  if (name.includes('TOKEN')) return '***';
  if (!text.includes('@')) return text;
  const url = URL.parse(text);
  // a malformed URL may have its password anywhere
  if (url === null || url.password === '' || url.pathname.includes('@')) return '***';
  return text.replace(/(:\/\/[^:@]*:).*@/, '$1***@');
}

/** Combines two loaders; the error of the result lists the problems of both. */
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
