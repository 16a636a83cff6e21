import { quotesLog, timerLog } from '@quotewire/events';
import type { Job, LoggedQuote, Tick } from './histories.ts';
import { type LogTap, tapLog } from './log-tap.ts';

const MIN_LIFETIME_MS = 60_000;

/** The records of the logs so far. */
export interface Recorder {
  readonly ticks: readonly Tick[];
  readonly jobs: readonly Job[];
  readonly log: readonly LoggedQuote[];
  losses(): readonly string[];
  close(): Promise<void>;
}

interface Envelope {
  readonly type: string;
  readonly time: string;
  readonly data: Readonly<Record<string, string>>;
}

/** Starts reading the log of the timer and the log of quotes. */
export function startRecorder(url: string, intervalMsOf: (source: string) => number): Recorder {
  const ticks: Tick[] = [];
  const jobs: Job[] = [];
  const log: LoggedQuote[] = [];
  const taps: LogTap[] = [
    tapLog({ url, log: timerLog.name }, ({ body }) => {
      const { type, time, data } = JSON.parse(body.toString()) as Envelope;
      if (type !== 'timer.ticked.v1') return;
      const { source = '', slot = '' } = data;
      const atMs = Date.parse(time);
      ticks.push({ source, slotMs: Date.parse(slot), atMs });
      const lifetimeMs = Math.max(MIN_LIFETIME_MS, intervalMsOf(source));
      jobs.push({ source, atMs, expiresAtMs: atMs + lifetimeMs });
    }),
    tapLog({ url, log: quotesLog.name }, ({ offset, body }) => {
      const { type, data } = JSON.parse(body.toString()) as Envelope;
      if (type !== 'quote.scraped.v1') return;
      const { text = '', source = '' } = data;
      log.push({ offset, text, source });
    }),
  ];
  return {
    ticks,
    jobs,
    log,
    losses: () => taps.flatMap(({ losses }) => losses),
    async close() {
      await Promise.all(taps.map((tap) => tap.close()));
    },
  };
}
