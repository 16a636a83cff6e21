import { parseArgs } from 'node:util';

/** What an operator wants. */
export type Command =
  | { readonly verb: 'list'; readonly isJson: boolean }
  | { readonly verb: 'show'; readonly ids: readonly string[] }
  | {
      readonly verb: 'retry';
      readonly ids: readonly string[] | 'all';
      readonly extendMinutes: number | undefined;
    }
  | { readonly verb: 'drop'; readonly ids: readonly string[] | 'all'; readonly isSure: boolean };

/** A week. */
const MAX_EXTEND_MINUTES = 10_080;

/** What there is to say. */
export const HELP = `Looks after the jobs that were given up on the broker that AMQP_URL names.

npm run dead-letters -- list [--json]
  shows them
npm run dead-letters -- show <id>
  shows all of one
npm run dead-letters -- retry <id>… | --all [--extend <minutes>]
  has them done again; with --extend they expire so many minutes from now at the earliest
npm run dead-letters -- drop <id>… | --all [--yes]
  removes them for good; asks first, unless --yes

An id's beginning is enough where no other begins the same.`;

/** The arguments aren't a command; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What the arguments say; throws `UsageError`. */
export function parseCommand([verb, ...args]: readonly string[]): Command {
  if (verb === 'list') {
    const { values } = parse(args, { json: { type: 'boolean' } }, { allowPositionals: false });
    return { verb, isJson: values.json === true };
  }
  if (verb === 'show') {
    const { positionals } = parse(args, {});
    if (positionals.length !== 1) throw new UsageError('show needs one id');
    return { verb, ids: positionals };
  }
  if (verb === 'retry') {
    const { values, positionals } = parse(args, {
      all: { type: 'boolean' },
      extend: { type: 'string' },
    });
    const extendMinutes = minutesIn(values.extend);
    return { verb, ids: idsOf(verb, positionals, values), extendMinutes };
  }
  if (verb === 'drop') {
    const { values, positionals } = parse(args, {
      all: { type: 'boolean' },
      yes: { type: 'boolean' },
    });
    return { verb, ids: idsOf(verb, positionals, values), isSure: values.yes === true };
  }
  throw new UsageError(verb === undefined ? 'a verb is needed' : `there's no verb "${verb}"`);
}

type Options = Record<string, { type: 'boolean' | 'string' }>;

function parse<const O extends Options>(
  args: string[],
  options: O,
  { allowPositionals = true }: { allowPositionals?: boolean } = {},
) {
  try {
    return parseArgs({ args, options, allowPositionals });
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}

function idsOf(
  verb: string,
  ids: readonly string[],
  { all = false }: { all?: boolean | undefined },
): readonly string[] | 'all' {
  if (all === ids.length > 0) throw new UsageError(`${verb} needs either ids or --all`);
  return all ? 'all' : ids;
}

function minutesIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const minutes = Number(text);
  if (!/^\d+$/.test(text) || minutes < 1 || minutes > MAX_EXTEND_MINUTES) {
    throw new UsageError(`--extend takes minutes from 1 to ${MAX_EXTEND_MINUTES}, not "${text}"`);
  }
  return minutes;
}
