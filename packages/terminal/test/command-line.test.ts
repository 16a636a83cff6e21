import { expect, it } from 'vitest';
import {
  formatSettings,
  formatUsage,
  numberIn,
  parseOptions,
  UsageError,
  wholeNumberIn,
} from '../src/index.ts';

const options = {
  days: { type: 'string', value: '<number>', default: '30', description: 'days to run' },
  seed: {
    type: 'string',
    value: '<number>',
    default: '7',
    defaultText: 'a random one',
    description: 'order of the incidents',
  },
  json: { type: 'boolean', description: 'prints JSON' },
} as const;
const parse = (...args: string[]) => parseOptions(args, options, { allowPositionals: false });

it('reads options, and defaults where they are left out', () => {
  expect(parse('--days', '3', '--json').values).toEqual({ days: '3', seed: '7', json: true });
  expect(parse('--days=3').values).toMatchObject({ days: '3' });
});

it('leaves the arguments that are no options to the command that has some', () => {
  const { positionals } = parseOptions(['a', '--json', 'b'], options, { allowPositionals: true });
  expect(positionals).toEqual(['a', 'b']);
});

it.for([
  [['--nothing'], 'there is no option --nothing: use --days, --seed, --json'],
  [['-d', '3'], 'there is no option -d: use'],
  [['--toString'], 'there is no option --toString: use'],
  [['--days'], '--days needs a value: --days <value>'],
  [['--days', '--json'], '--days needs a value: --days <value>'],
  [['--json=yes'], '--json takes no value: leave "=yes" out'],
  [['30'], '"30" isn\'t understood: there are only options here'],
] as const)('names what is wrong with %j and the fix, in one line', ([args, complaint]) => {
  const attempt = () => parse(...args);
  expect(attempt).toThrow(UsageError);
  expect(attempt).toThrow(complaint);
  expect(attempt).not.toThrow('\n');
});

it('says that there are no options where there are none', () => {
  const attempt = () => parseOptions(['--days'], {}, { allowPositionals: false });
  expect(attempt).toThrow('there is no option --days: leave it out');
});

it.for(['', 'x', '2.5', '-1', '0', '1e3', '99999999999999999999'])(
  'refuses %j as a whole number from 1 on',
  (text) => {
    const attempt = () => wholeNumberIn('--days', text, { min: 1 });
    expect(attempt).toThrow(`--days is "${text}": give a whole number of at least 1`);
  },
);

it.for(['', 'x', '0.5', 'Infinity', 'NaN'])('refuses %j as a number from 1 on', (text) => {
  const attempt = () => numberIn('--days', text, { min: 1 });
  expect(attempt).toThrow(`--days is "${text}": give a number of at least 1`);
});

it('converts numbers', () => {
  expect(wholeNumberIn('--days', '30', { min: 1 })).toBe(30);
  expect(numberIn('--days', '1.5', { min: 1 })).toBe(1.5);
});

it('lists every option with its default, and an example', () => {
  const usage = formatUsage({
    command: 'npm run soak --',
    summary: 'Runs a month in minutes.',
    operands: '[<word>]',
    options,
    notes: '<word> chooses.',
    examples: ['npm run soak -- --days 3'],
  });
  expect(usage).toBe(`Usage: npm run soak -- [<word>] [options]

Runs a month in minutes.

  --days <number>  days to run (default: 30)
  --seed <number>  order of the incidents (default: a random one)
  --json           prints JSON
  --help           prints this

<word> chooses.

For example:
  npm run soak -- --days 3`);
});

it('lists settings with their defaults', () => {
  const settings = formatSettings({
    PORT: { default: 8080, description: 'TCP port.' },
    CORS_ORIGINS: { default: '', description: 'Origins.' },
    HOST: {},
  });
  expect(settings.split('\n')).toEqual([
    '  PORT          TCP port. (default: 8080)',
    '  CORS_ORIGINS  Origins. (default: not set)',
    '  HOST          (default: not set)',
  ]);
});
