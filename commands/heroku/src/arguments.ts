import { asksForHelp, parseOptions, UsageError } from '@quotewire/terminal';
import { SERVICES, type Service } from './services.ts';

export const VERBS = ['create', 'deploy', 'status', 'destroy'] as const;

/** A parsed command. */
export type Command =
  | { readonly verb: 'help' }
  | {
      readonly verb: (typeof VERBS)[number];
      /** The name of the one app, or what the names of all apps begin with. */
      readonly name: string;
      /** The services with an app each; undefined for one app with all of them. */
      readonly services: readonly Service[] | undefined;
      /** The plan of the CloudAMQP add-on; undefined without a broker. */
      readonly plan: string | undefined;
      readonly region: string;
      readonly isDryRun: boolean;
      readonly isSure: boolean;
    };

const DEFAULT_PLAN = 'lemur';
const OPTIONS = {
  services: { type: 'string' },
  plan: { type: 'string' },
  region: { type: 'string' },
  'dry-run': { type: 'boolean' },
  yes: { type: 'boolean' },
} as const;

/** The usage. */
export const HELP = `Usage: npm run heroku -- <create | deploy | status | destroy> <name> [options]

Looks after the Heroku apps of Quotewire by Heroku's own command, which has to be installed and
logged in. Each command is printed before it runs.

  create <name>          creates the app with its settings
  deploy <name>          pushes what is committed on this branch, and waits for the build
  status <name>          prints the processes and the add-ons
  destroy <name>         removes the app and its broker for good

  --services <list>      an app for each of these services, which share one broker: ${SERVICES.join(',')},
                         or all of them by the word all (default: one app with everything)
  --plan <plan>          the plan of the CloudAMQP add-on (default: ${DEFAULT_PLAN} with --services, else no broker)
  --region <region>      eu or us (default: us)
  --dry-run              prints the commands, and runs none
  --yes                  destroy doesn't ask first (default: asks)
  --help                 prints this

For example:
  npm run heroku -- create my-quotes --dry-run
  npm run heroku -- create my-quotes --services timer,scraper,quote-stream --plan lemur`;

/** A name of a Heroku app, with room for the name of a service after it. */
const NAME = /^[a-z][a-z0-9-]{2,15}$/;
const PLAN = /^[a-z][a-z0-9-]*$/;

/** Parses the arguments. Throws `UsageError`. */
export function parseCommand(words: readonly string[]): Command {
  const [verb, ...args] = words;
  if (asksForHelp(words) || verb === 'help') return { verb: 'help' };
  const known = VERBS.find((one) => one === verb);
  if (known === undefined) {
    const problem = verb === undefined ? 'a verb is missing' : `there is no verb "${verb}"`;
    throw new UsageError(`${problem}: use ${VERBS.join(', ')}`);
  }
  const { values, positionals } = parseOptions(args, OPTIONS, { allowPositionals: true });
  const [name, stranger] = positionals;
  if (name === undefined || stranger !== undefined)
    throw new UsageError(`${known} needs one name: ${known} <name>`);
  if (!NAME.test(name))
    throw new UsageError(
      `the name is "${name}": use 3 to 16 small letters, digits and hyphens, a letter first`,
    );
  const services = values.services === undefined ? undefined : servicesIn(values.services);
  const plan = values.plan ?? (services === undefined ? undefined : DEFAULT_PLAN);
  if (plan !== undefined && !PLAN.test(plan))
    throw new UsageError(`--plan is "${plan}": use the name of a CloudAMQP plan, such as lemur`);
  const region = values.region ?? 'us';
  if (region !== 'eu' && region !== 'us')
    throw new UsageError(`--region is "${region}": use eu or us`);
  return {
    verb: known,
    name,
    services,
    plan,
    region,
    isDryRun: values['dry-run'] === true,
    isSure: values.yes === true,
  };
}

function servicesIn(text: string): readonly Service[] {
  if (text === 'all') return SERVICES;
  const names = [...new Set(text.split(',').map((name) => name.trim()))];
  const stranger = names.find((name) => !SERVICES.some((service) => service === name));
  if (stranger !== undefined)
    throw new UsageError(
      `--services has "${stranger}": use ${SERVICES.join(', ')} with commas between them, or all`,
    );
  return SERVICES.filter((service) => names.includes(service));
}
