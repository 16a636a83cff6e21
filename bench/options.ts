import {
  numberIn,
  parseOptions as parseGiven,
  UsageError,
  wholeNumberIn,
} from '@quotewire/terminal';
import { type ContenderName, contenders } from './contender.ts';

/** The parts that are measured by default; the others take long, or the whole machine. */
export const DEFAULT_PARTS = ['fanout', 'crowd', 'rabbitmq', 'scrape'] as const;
export const PARTS = [...DEFAULT_PARTS, 'workers', 'scale'] as const;
export type Part = (typeof PARTS)[number];

/** What to measure, and for how long. */
export interface BenchOptions {
  readonly parts: readonly Part[];
  /** Our own is the first. */
  readonly names: readonly ContenderName[];
  readonly publisherCounts: readonly number[];
  readonly pairs: number;
  readonly seconds: number;
  readonly subscribers: number;
  readonly crowd: number;
  readonly rounds: number;
  readonly idleSeconds: number;
  readonly pages: number;
  readonly scrapeRounds: number;
  readonly sizes: readonly number[];
  /** The file that receives the figures; undefined for none. */
  readonly json: string | undefined;
  readonly chart: string | undefined;
}

/** The command line of the bench. */
export const benchCommand = {
  command: 'npm run bench --',
  summary: 'Measures the fan-out and the scraper, side by side with what people would use instead.',
  options: {
    part: {
      type: 'string',
      value: '<names>',
      default: DEFAULT_PARTS.join(),
      description: `what is measured, of ${PARTS.join()}; rabbitmq needs AMQP_URL`,
    },
    contenders: {
      type: 'string',
      value: '<names>',
      default: 'plain,better-sse,fastify-sse,nchan',
      description: 'what the hub is compared with',
    },
    publishers: {
      type: 'string',
      value: '<numbers>',
      default: '1,16,64',
      description: 'numbers of concurrent publishers, in turn (fanout)',
    },
    pairs: {
      type: 'string',
      value: '<number>',
      default: '10',
      description: 'rounds, in each of which everyone is measured once (fanout)',
    },
    seconds: {
      type: 'string',
      value: '<seconds>',
      default: '2',
      description: 'duration of each sample (fanout)',
    },
    subscribers: {
      type: 'string',
      value: '<number>',
      default: '1000',
      description: 'subscribers of each server (fanout, rabbitmq)',
    },
    crowd: {
      type: 'string',
      value: '<number>',
      default: '10000',
      description: 'subscribers of each server (crowd, workers)',
    },
    rounds: {
      type: 'string',
      value: '<number>',
      default: '2',
      description: 'rounds (crowd, workers)',
    },
    'idle-seconds': {
      type: 'string',
      value: '<seconds>',
      default: '30',
      description: 'before memory is read (crowd)',
    },
    pages: {
      type: 'string',
      value: '<number>',
      default: '3000',
      description: 'pages that each reads in a round (scrape)',
    },
    'scrape-rounds': {
      type: 'string',
      value: '<number>',
      default: '5',
      description: 'rounds (scrape)',
    },
    sizes: {
      type: 'string',
      value: '<numbers>',
      default: '1000,10000,30000,100000',
      description: 'numbers of subscribers, in turn (scale)',
    },
    json: {
      type: 'string',
      value: '<file>',
      defaultText: 'none',
      description: 'writes the figures',
    },
    chart: {
      type: 'string',
      value: '<file>',
      defaultText: 'docs/fan-out.svg if all default parts are measured, otherwise none',
      description: 'draws the fan-out as SVG, or with --part scale the scale',
    },
  },
  examples: [
    'npm run bench',
    'npm run bench -- --part fanout --contenders plain --pairs 3 --json figures.json',
  ],
} as const;

/** Reads the command line; throws `UsageError`. */
export function parseOptions(args: readonly string[]): BenchOptions {
  return benchOptionsOf(parseGiven(args, benchCommand.options, { allowPositionals: false }));
}

/** The options that were given, as values; throws `UsageError`. */
export function benchOptionsOf({
  values,
}: ReturnType<typeof parseGiven<typeof benchCommand.options>>): BenchOptions {
  const others = Object.keys(contenders).filter((name) => !name.startsWith('hub'));
  return {
    parts: choices('part', values.part, PARTS),
    names: ['hub', ...choices('contenders', values.contenders, others as ContenderName[])],
    publisherCounts: values.publishers.split(',').map((text) => whole('publishers', text)),
    pairs: whole('pairs', values.pairs),
    seconds: positive('seconds', values.seconds),
    subscribers: whole('subscribers', values.subscribers),
    crowd: whole('crowd', values.crowd),
    rounds: whole('rounds', values.rounds),
    idleSeconds: positive('idle-seconds', values['idle-seconds']),
    pages: whole('pages', values.pages),
    scrapeRounds: whole('scrape-rounds', values['scrape-rounds']),
    sizes: values.sizes.split(',').map((text) => whole('sizes', text)),
    json: values.json,
    chart: values.chart,
  };
}

function choices<T extends string>(option: string, text: string, allowed: readonly T[]): T[] {
  return text.split(',').map((word) => {
    const choice = allowed.find((name) => name === word);
    if (choice === undefined) {
      throw new UsageError(`--${option} is "${word}": use ${allowed.join(', ')}`);
    }
    return choice;
  });
}

function positive(option: string, text: string): number {
  return numberIn(`--${option}`, text, { min: Number.MIN_VALUE });
}

function whole(option: string, text: string): number {
  return wholeNumberIn(`--${option}`, text, { min: 1 });
}
