import { randomBytes } from 'node:crypto';
import type { Command } from './arguments.ts';
import type { Service } from './services.ts';

/** A command line, word by word. `<url of my-app>` in a word stands for an address that Heroku chooses. */
export type CommandLine = readonly string[];

type Work = Exclude<Command, { readonly verb: 'help' }>;

/** One app: what it runs and its name. */
interface HerokuApp {
  readonly name: string;
  readonly service: Service | 'standalone';
}

const BROKER = 'CLOUDAMQP';
const NEED_NO_BROKER: ReadonlySet<string> = new Set(['clock', 'sample-site']);
const HAVE_TOKEN: ReadonlySet<string> = new Set(['standalone', 'timer', 'scraper']);
const LOAD_SOURCES: ReadonlySet<string> = new Set(['timer', 'scraper']);
const HAVE_HISTORY: ReadonlySet<string> = new Set(['standalone', 'quote-stream']);
/** Where each service's pages are, by the names of PAGE_LINKS. */
const PAGES: readonly (readonly [page: string, service: Service, path: string])[] = [
  ['live', 'quote-stream', '/'],
  ['sources', 'scraper', '/sources'],
  ['timer', 'timer', '/timer'],
  ['clock', 'clock', '/clock'],
  ['counter', 'clock', '/counter'],
  ['chat', 'chat', '/chat'],
];

/**
 * The command lines that carry out a command, in their order: a pure function but for the token.
 *
 * @see https://devcenter.heroku.com/articles/heroku-cli-commands
 */
export function planOf(
  command: Work,
  { token = randomBytes(24).toString('hex') }: { token?: string } = {},
): readonly CommandLine[] {
  const apps = appsOf(command);
  if (command.verb === 'create') return create(command, { apps, token });
  if (command.verb === 'deploy') {
    // a full push address spares a git remote for each app
    return apps.map(({ name }) => ['git', 'push', gitUrlOf(name), 'HEAD:refs/heads/main']);
  }
  if (command.verb === 'status') {
    return apps.flatMap(({ name }) => [
      ['heroku', 'ps', '--app', name],
      ['heroku', 'addons', '--app', name],
    ]);
  }
  // the app that owns the broker comes last, so that no other is left without it
  return apps
    .toReversed()
    .map(({ name }) => ['heroku', 'apps:destroy', '--app', name, '--confirm', name]);
}

function appsOf({ name, services }: Work): readonly HerokuApp[] {
  if (services === undefined) return [{ name, service: 'standalone' }];
  return services.map((service) => ({ name: `${name}-${service}`, service }));
}

function create(
  { plan, region }: Work,
  { apps, token }: { apps: readonly HerokuApp[]; token: string },
): CommandLine[] {
  const lines: CommandLine[] = [];
  let owner: string | undefined;
  for (const { name, service } of apps) {
    lines.push(['heroku', 'apps:create', name, '--region', region, '--no-remote']);
    lines.push(configLine(name, settingsOf(service, token)));
    if (plan === undefined || NEED_NO_BROKER.has(service)) continue;
    if (owner === undefined) {
      owner = name;
      const addon = `cloudamqp:${plan}`;
      lines.push(['heroku', 'addons:create', addon, '--as', BROKER, '--wait', '--app', name]);
    } else {
      lines.push(['heroku', 'addons:attach', `${owner}::${BROKER}`, '--app', name]);
    }
  }
  // an app's address is known once the app exists
  if (apps.length > 1)
    for (const { name, service } of apps) lines.push(configLine(name, linksOf(service, apps)));
  return lines;
}

function configLine(name: string, settings: Readonly<Record<string, string>>): CommandLine {
  const words = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  return ['heroku', 'config:set', ...words, '--app', name];
}

function settingsOf(service: HerokuApp['service'], token: string): Record<string, string> {
  return {
    SERVICE: service,
    // the router is the one proxy
    TRUST_PROXY: 'true',
    ...(HAVE_TOKEN.has(service) && { ADMIN_TOKEN: token }),
    // dynos restart daily, and hosted brokers bill each entry that a start reads
    ...(HAVE_HISTORY.has(service) && { HISTORY_START_ENTRIES: '1000' }),
    ...(service === 'timer' && { TIMER_AUTOSTART: 'true' }),
  };
}

/** The settings that name other apps. */
function linksOf(
  service: HerokuApp['service'],
  apps: readonly HerokuApp[],
): Record<string, string> {
  const urlOf = (wanted: Service) => {
    const app = apps.find((one) => one.service === wanted);
    return app === undefined ? undefined : `<url of ${app.name}>`;
  };
  const pages = PAGES.flatMap(([page, owner, path]) => {
    const url = urlOf(owner);
    return url === undefined ? [] : [`${page}=${url}${path}`];
  });
  const sampleSite = urlOf('sample-site');
  return {
    PAGE_LINKS: pages.join(','),
    ...(LOAD_SOURCES.has(service) && sampleSite !== undefined && { SAMPLE_SITE_URL: sampleSite }),
  };
}

function gitUrlOf(name: string): string {
  return `https://git.heroku.com/${name}.git`;
}
