import { createRecordingTerminal } from '@quotewire/testing';
import { expect, it } from 'vitest';
import { run } from '../src/run.ts';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The command lines that were run. */
  readonly lines: readonly string[];
}

async function runHere(
  text: string,
  { failsAt, confirms }: { failsAt?: string; confirms?: boolean } = {},
): Promise<Outcome> {
  const terminal = createRecordingTerminal();
  const lines: string[] = [];
  const code = await run(text.split(' ').filter(Boolean), {
    terminal:
      confirms === undefined
        ? terminal
        : { ...terminal, isInteractive: true, confirm: async () => confirms },
    async runProgram(line) {
      lines.push(line.join(' '));
      if (failsAt !== undefined && line.includes(failsAt)) throw new Error('heroku ended with 1');
    },
    readAppUrl: async (name) => `https://${name}-0123.herokuapp.com`,
  });
  return { code, stdout: terminal.stdout, stderr: terminal.stderr, lines };
}

const withoutToken = (line: string) => line.replace(/ADMIN_TOKEN=[0-9a-f]{48}/, 'ADMIN_TOKEN=***');

it('creates one app with everything, and no broker', async () => {
  const { code, lines, stdout } = await runHere('create my-quotes');
  expect(code).toBe(0);
  expect(lines.map(withoutToken)).toEqual([
    'heroku apps:create my-quotes --region us --no-remote',
    'heroku config:set SERVICE=standalone TRUST_PROXY=true ADMIN_TOKEN=*** HISTORY_START_ENTRIES=1000 --app my-quotes',
  ]);
  expect(stdout.trimEnd().split('\n')).toEqual(lines.map(withoutToken));
});

it('creates an app for each service, with one broker and links between the pages', async () => {
  const { lines } = await runHere('create q-2 --services scraper,timer,sample-site --region eu');
  const links =
    'PAGE_LINKS=sources=https://q-2-scraper-0123.herokuapp.com/sources,timer=https://q-2-timer-0123.herokuapp.com/timer';
  const sampleSite = 'SAMPLE_SITE_URL=https://q-2-sample-site-0123.herokuapp.com';
  expect(lines.map(withoutToken)).toEqual([
    'heroku apps:create q-2-timer --region eu --no-remote',
    'heroku config:set SERVICE=timer TRUST_PROXY=true ADMIN_TOKEN=*** TIMER_AUTOSTART=true --app q-2-timer',
    'heroku addons:create cloudamqp:lemur --as CLOUDAMQP --wait --app q-2-timer',
    'heroku apps:create q-2-scraper --region eu --no-remote',
    'heroku config:set SERVICE=scraper TRUST_PROXY=true ADMIN_TOKEN=*** --app q-2-scraper',
    'heroku addons:attach q-2-timer::CLOUDAMQP --app q-2-scraper',
    'heroku apps:create q-2-sample-site --region eu --no-remote',
    'heroku config:set SERVICE=sample-site TRUST_PROXY=true --app q-2-sample-site',
    `heroku config:set ${links} ${sampleSite} --app q-2-timer`,
    `heroku config:set ${links} ${sampleSite} --app q-2-scraper`,
    `heroku config:set ${links} --app q-2-sample-site`,
  ]);
});

it('gives the services one token', async () => {
  const { lines } = await runHere('create abc --services all --plan tiger');
  const tokens = lines.flatMap((line) => /ADMIN_TOKEN=(\S+)/.exec(line)?.[1] ?? []);
  expect(tokens).toHaveLength(2);
  expect(new Set(tokens).size).toBe(1);
  expect(lines.filter((line) => line.includes('addons:create cloudamqp:tiger'))).toHaveLength(1);
});

it.each(['create abc', 'deploy abc', 'status abc', 'destroy abc'])(
  'prints what %s would run, and runs nothing with --dry-run',
  async (text) => {
    const { code, lines, stdout } = await runHere(`${text} --services all --dry-run`);
    expect({ code, lines }).toEqual({ code: 0, lines: [] });
    expect(stdout).toContain('abc-quote-stream');
    expect(stdout).not.toMatch(/ADMIN_TOKEN=[^*]/);
  },
);

it('pushes the commit of the branch to each app', async () => {
  expect((await runHere('deploy abc --services timer,chat')).lines).toEqual([
    'git push https://git.heroku.com/abc-timer.git HEAD:refs/heads/main',
    'git push https://git.heroku.com/abc-chat.git HEAD:refs/heads/main',
  ]);
});

it('destroys the app that owns the broker last, and only what was confirmed', async () => {
  const text = 'destroy abc --services timer,chat';
  const lines = ['abc-chat', 'abc-timer'].map(
    (name) => `heroku apps:destroy --app ${name} --confirm ${name}`,
  );
  expect((await runHere(`${text} --yes`)).lines).toEqual(lines);
  expect((await runHere(text, { confirms: true })).lines).toEqual(lines);
  const kept = await runHere(text, { confirms: false });
  expect(kept.lines).toEqual([]);
  const refused = await runHere(text);
  expect(refused).toMatchObject({ code: 1, lines: [] });
  expect(refused.stderr).toContain('add --yes');
});

it('says what was not run after a failure', async () => {
  const { code, lines, stderr } = await runHere('create abc', { failsAt: 'apps:create' });
  expect(code).toBe(1);
  expect(lines).toHaveLength(1);
  expect(stderr).toMatch(/heroku ended with 1; these were not run:\n {2}heroku config:set /);
});

it.each([
  ['', 'a verb is missing: use create, deploy, status, destroy'],
  ['burn x', 'there is no verb "burn"'],
  ['create', 'create needs one name'],
  ['create abc def', 'create needs one name'],
  ['create My-Quotes', 'the name is "My-Quotes"'],
  ['create abc --services timer,scrapper', '--services has "scrapper"'],
  ['create abc --region de', '--region is "de": use eu or us'],
  ['create abc --plan ;rm', '--plan is ";rm"'],
  ['create abc --app x', 'there is no option --app'],
])('names what is wrong with "%s"', async (text, message) => {
  const { code, stderr, lines } = await runHere(text);
  expect({ code, lines }).toEqual({ code: 2, lines: [] });
  expect(stderr).toContain(message);
  expect(stderr).toContain('(npm run heroku -- --help lists all)');
});
