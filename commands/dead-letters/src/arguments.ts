import { asksForHelp, parseOptions, UsageError, wholeNumberIn } from '@quotewire/terminal';

/** A parsed command. */
export type Command =
  | { readonly verb: 'help' }
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

/** The usage. */
export const HELP = `Usage: npm run dead-letters -- <list | show | retry | drop> [options]

Looks after the jobs that failed for good, on the broker that AMQP_URL or CLOUDAMQP_URL names.

  list                     prints the failed jobs
    --json                 as JSON (default: a table)
  show <id>                prints all of one job
  retry <id>… | --all      publishes jobs again, as if they were new
    --all                  all jobs (default: those of the ids)
    --extend <minutes>     they expire so many minutes from now at the earliest (default: as before)
  drop <id>… | --all       removes jobs for good
    --all                  all jobs (default: those of the ids)
    --yes                  doesn't ask first (default: asks)
  --help                   prints this

The beginning of an id is enough where no other begins the same.

For example:
  npm run dead-letters -- list
  npm run dead-letters -- retry 0197a2f4 --extend 15`;

/** Parses the arguments. Throws `UsageError`. */
export function parseCommand(words: readonly string[]): Command {
  const [verb, ...args] = words;
  if (asksForHelp(words) || verb === 'help') return { verb: 'help' };
  if (verb === 'list') {
    const { values } = parseOptions(
      args,
      { json: { type: 'boolean' } },
      { allowPositionals: false },
    );
    return { verb, isJson: values.json === true };
  }
  if (verb === 'show') {
    const { positionals } = parseOptions(args, {}, IDS);
    if (positionals.length !== 1) throw new UsageError('show needs one id: show <id>');
    return { verb, ids: positionals };
  }
  if (verb === 'retry') {
    const { values, positionals } = parseOptions(
      args,
      { all: { type: 'boolean' }, extend: { type: 'string' } },
      IDS,
    );
    const extendMinutes = minutesIn(values.extend);
    return { verb, ids: idsOf(verb, positionals, values), extendMinutes };
  }
  if (verb === 'drop') {
    const { values, positionals } = parseOptions(
      args,
      { all: { type: 'boolean' }, yes: { type: 'boolean' } },
      IDS,
    );
    return { verb, ids: idsOf(verb, positionals, values), isSure: values.yes === true };
  }
  const problem = verb === undefined ? 'a verb is missing' : `there is no verb "${verb}"`;
  throw new UsageError(`${problem}: use list, show, retry or drop`);
}

const IDS = { allowPositionals: true };

function idsOf(
  verb: string,
  ids: readonly string[],
  { all = false }: { all?: boolean | undefined },
): readonly string[] | 'all' {
  if (all === ids.length > 0)
    throw new UsageError(`${verb} needs either ids or --all: ${verb} <id>…`);
  return all ? 'all' : ids;
}

function minutesIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const minutes = wholeNumberIn('--extend', text, { min: 1 });
  if (minutes > MAX_EXTEND_MINUTES)
    throw new UsageError(`--extend is "${text}": give at most ${MAX_EXTEND_MINUTES} minutes`);
  return minutes;
}
