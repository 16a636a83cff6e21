import { parseArgs } from 'node:util';

/** An option of a command. */
interface Option {
  readonly type: 'boolean' | 'string';
  readonly description: string;
  /** What the usage calls the option's value, such as `<seconds>`. */
  readonly value?: string;
  readonly default?: string;
  /** What the usage says of a default that isn't a fixed value. */
  readonly defaultText?: string;
}

type Options = Readonly<Record<string, Option>>;

/** How a command is called. */
export interface CommandLine<O extends Options> {
  /** What one types before the options, such as `npm run soak --`. */
  readonly command: string;
  /** What the command does, in a sentence. */
  readonly summary: string;
  /** Its arguments that aren't options, such as `[<word>]`. Default: none. */
  readonly operands?: string;
  readonly options: O;
  /** At least one. */
  readonly examples: readonly string[];
  /** Further lines of the usage. */
  readonly notes?: string;
}

/** The arguments can't be used; the message names the argument and the fix, in one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Reads the command line of this process and converts its values. `--help` prints the usage and ends
 * the process with code 0; a `UsageError`, also of `convert`, ends it with code 2 and one line.
 */
export function readCommandLine<const O extends Options, T>(
  line: CommandLine<O>,
  convert: (given: ReturnType<typeof parseOptions<O>>) => T,
): T {
  const args = process.argv.slice(2);
  if (asksForHelp(args)) {
    console.log(formatUsage(line));
    return process.exit(0);
  }
  try {
    const allowPositionals = line.operands !== undefined;
    return convert(parseOptions(args, line.options, { allowPositionals }));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message} (${line.command} --help lists the options)`);
    return process.exit(2);
  }
}

/** Whether the arguments ask for the usage. */
export function asksForHelp(args: readonly string[]): boolean {
  return args.includes('--help') || args.includes('-h');
}

/** Parses arguments as `parseArgs` does; throws `UsageError`. */
export function parseOptions<const O extends Readonly<Record<string, Pick<Option, 'type'>>>>(
  args: readonly string[],
  options: O,
  { allowPositionals }: { allowPositionals: boolean },
) {
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional' && !allowPositionals)
      throw new UsageError(`"${token.value}" isn't understood: there are only options here`);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) throw unknownOption(token.rawName, Object.keys(options));
    if (option.type === 'boolean' && token.value !== undefined)
      throw new UsageError(`${token.rawName} takes no value: leave "=${token.value}" out`);
    const lacksValue =
      token.value === undefined || (!token.inlineValue && token.value.startsWith('-'));
    if (option.type === 'string' && lacksValue)
      throw new UsageError(`${token.rawName} needs a value: ${token.rawName} <value>`);
  }
  return parseArgs({ args, options, allowPositionals: true });
}

function unknownOption(rawName: string, names: readonly string[]): UsageError {
  const known = names.map((name) => `--${name}`).join(', ');
  return new UsageError(
    names.length === 0
      ? `there is no option ${rawName}: leave it out`
      : `there is no option ${rawName}: use ${known}`,
  );
}

/** The usage: what the command does, its options with their defaults, and examples. */
export function formatUsage<O extends Options>(line: CommandLine<O>): string {
  const { command, summary, operands, options, examples, notes } = line;
  const words = [command, ...(operands === undefined ? [] : [operands]), '[options]'];
  const rows = Object.entries(options).map(([name, option]) => {
    const text = option.defaultText ?? option.default;
    return [
      `--${name}${option.value === undefined ? '' : ` ${option.value}`}`,
      `${option.description}${text === undefined ? '' : ` (default: ${text})`}`,
    ] as const;
  });
  return [
    `Usage: ${words.join(' ')}`,
    summary,
    formatList([...rows, ['--help', 'prints this']]),
    ...(notes === undefined ? [] : [notes]),
    `For example:\n${examples.map((example) => `  ${example}`).join('\n')}`,
  ].join('\n\n');
}

/** Names and what they mean in two columns, a line each. */
export function formatList(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, meaning]) => `  ${name.padEnd(width)}  ${meaning}`.trimEnd()).join('\n');
}

/** The settings of a schema with their defaults, a line each. */
export function formatSettings(
  properties: Readonly<
    Record<string, { default?: string | number | boolean; description?: string }>
  >,
): string {
  return formatList(
    Object.entries(properties).map(([name, { default: value, description = '' }]) => {
      const text = value === undefined || value === '' ? 'not set' : value;
      return [name, `${description} (default: ${text})`.trim()];
    }),
  );
}

/** A number from `min` on; throws `UsageError`. */
export function numberIn(option: string, text: string, { min }: { min: number }): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number) && number >= min) return number;
  throw new UsageError(`${option} is "${text}": give a number of at least ${min}`);
}

/** A whole number from `min` on; throws `UsageError`. */
export function wholeNumberIn(option: string, text: string, { min }: { min: number }): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= min) return number;
  throw new UsageError(`${option} is "${text}": give a whole number of at least ${min}`);
}
