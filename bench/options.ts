import { parseArgs } from 'node:util';
import { type ContenderName, contenders } from './contender.ts';

export const PARTS = ['fanout', 'crowd', 'rabbitmq', 'scrape'] as const;
export type Part = (typeof PARTS)[number];

/** What is measured, and how long. */
export interface BenchOptions {
  readonly parts: readonly Part[];
  /** Ours first. */
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
  /** Where the figures are written to, if anywhere. */
  readonly json: string | undefined;
  readonly chart: string | undefined;
}

export const USAGE = `npm run bench -- [options]
  --part fanout,crowd,rabbitmq,scrape   what is measured; rabbitmq needs AMQP_URL (default: all)
  --contenders plain,better-sse,fastify-sse,nchan   what the hub is compared with (default: all)
  --publishers 1,16,64           publishers at work at once, in turn (fanout)
  --pairs 10                     rounds, in each of which everyone is measured once (fanout)
  --seconds 2                    how long each publishes in a round (fanout)
  --subscribers 1000             subscribers of each server (fanout, rabbitmq)
  --crowd 10000                  subscribers of each server (crowd)
  --rounds 2                     rounds (crowd)
  --idle-seconds 30              before memory is read (crowd)
  --pages 3000                   pages that each reads in a round (scrape)
  --scrape-rounds 5              rounds (scrape)
  --json FILE                    write the figures
  --chart FILE                   draw the fan-out (SVG)`;

/** Reads the command line; throws an error that says what's wrong with it. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      part: { type: 'string', default: PARTS.join() },
      contenders: { type: 'string', default: 'plain,better-sse,fastify-sse,nchan' },
      publishers: { type: 'string', default: '1,16,64' },
      pairs: { type: 'string', default: '10' },
      seconds: { type: 'string', default: '2' },
      subscribers: { type: 'string', default: '1000' },
      crowd: { type: 'string', default: '10000' },
      rounds: { type: 'string', default: '2' },
      'idle-seconds': { type: 'string', default: '30' },
      pages: { type: 'string', default: '3000' },
      'scrape-rounds': { type: 'string', default: '5' },
      json: { type: 'string' },
      chart: { type: 'string' },
    },
  });
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
    json: values.json,
    chart: values.chart,
  };
}

function choices<T extends string>(option: string, text: string, allowed: readonly T[]): T[] {
  return text.split(',').map((word) => {
    const choice = allowed.find((name) => name === word);
    if (choice === undefined) {
      throw new TypeError(`--${option} is "${word}": it's one of ${allowed.join(', ')}`);
    }
    return choice;
  });
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new TypeError(`--${option} is "${text}", not a number above 0`);
  return number;
}

function whole(option: string, text: string): number {
  const number = positive(option, text);
  if (!Number.isSafeInteger(number)) {
    throw new TypeError(`--${option} is "${text}", not a whole number`);
  }
  return number;
}
