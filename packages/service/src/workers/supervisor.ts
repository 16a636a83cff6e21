import cluster from 'node:cluster';
import type { FastifyBaseLogger as Logger } from 'fastify';
import { type MetricSnapshot, withoutWorker } from '../metric-snapshots.ts';
import type { Metrics } from '../metrics.ts';
import { AddedMetrics } from './added-metrics.ts';
import { Channel, type Notice, type Question } from './channel.ts';
import { WORKER_START, type WorkerStart } from './worker-link.ts';

/** A worker process. */
interface Member extends WorkerStart {
  readonly channel: Channel;
  /** The worker whose place it takes. */
  replaces: Member | undefined;
  /** Resolves once it listens and has caught up. */
  readonly ready: PromiseWithResolvers<void>;
  /** Resolves with the exit code; null after a signal. */
  readonly ended: PromiseWithResolvers<number | null>;
  /** Whether it accepts connections. */
  isListening: boolean;
  /** By the monotonic clock. */
  readyAtMs: number | undefined;
  /** Whether it was told to end while others serve. */
  isRetiring: boolean;
  /** As last seen. */
  metrics: MetricSnapshot;
}

/** A worker that doesn't answer in this time counts as it was last seen. */
const ANSWER_MS = 5_000;
const FIRST_RESTART_MS = 500;
const MAX_RESTART_MS = 30_000;
/** A crash of a worker that has been ready for so long begins a new series of restarts. */
const STEADY_MS = 60_000;

const counters = {
  worker_exits_total: {
    help: 'Worker processes that ended while the service runs, by reason: crash or restart.',
    labels: ['reason'],
    zeros: [{ reason: 'crash' }, { reason: 'restart' }],
  },
} as const;

/**
 * Keeps worker processes running that share one port: Node's primary process accepts the connections
 * and deals them out in turn. n.b. sockets with SO_REUSEPORT would need no primary, but Linux drops the
 * connections that wait at a socket when it is closed.
 *
 * | a worker ends | then |
 * | --- | --- |
 * | before any has listened | the service fails: the reason concerns all workers |
 * | by itself, or by a signal | it is replaced after 0.5 to 30 s; the new one listens once it has caught up |
 * | in a restart of all, which `restartAll` begins | its replacement serves already |
 * | as a replacement that never was ready | the restart of all stops, and the old one remains |
 *
 * @see https://nodejs.org/api/cluster.html#how-it-works
 */
export class Supervisor {
  readonly #logger: Logger;
  readonly #metrics: AddedMetrics;
  readonly #count: (reason: 'crash' | 'restart') => void;
  readonly #members = new Set<Member>();
  readonly #failed = Promise.withResolvers<never>();
  /** Restarts in a row, by the number of the worker. */
  readonly #restarts = new Map<number, number>();
  #hasListened = false;
  #isRestarting = false;
  #isClosing = false;

  constructor({ logger, metrics }: { logger: Logger; metrics: Metrics }) {
    this.#logger = logger;
    this.#metrics = new AddedMetrics({ own: metrics });
    const count = metrics.counters(counters);
    this.#count = (reason) => count('worker_exits_total', { reason });
    metrics.gauge('workers_ready', {
      help: 'Worker processes that accept connections and have caught up.',
      read: () => this.#serving().filter(({ readyAtMs }) => readyAtMs !== undefined).length,
    });
    // n.b. JSON has no NaN, which some of Node's metrics are at first
    cluster.setupPrimary({ serialization: 'advanced' });
  }

  /** Starts the workers. Rejects if one ends before any has listened. */
  run(workers: number): Promise<never> {
    for (let number = 1; number <= workers; number += 1) this.#fork({ number, waits: false });
    return this.#failed.promise;
  }

  /** Replaces one worker after the other, each once its replacement is ready. */
  async restartAll(): Promise<void> {
    if (this.#isRestarting || this.#isClosing) return;
    this.#isRestarting = true;
    this.#logger.info('restarting the workers, one after the other');
    for (const old of [...this.#members].toSorted((a, b) => a.number - b.number)) {
      if (!this.#members.has(old)) continue;
      const next = this.#fork({ number: old.number, waits: true }, old);
      const exit = await Promise.race([next.ready.promise, next.ended.promise]);
      if (exit === undefined && !this.#isClosing) {
        old.isRetiring = true;
        old.isListening = false;
        void old.channel.tell({ order: 'retire' });
        await old.ended.promise;
        next.replaces = undefined;
        continue;
      }
      if (this.#isClosing) return;
      this.#logger.error({ worker: old.number }, 'the new worker ended: the old ones remain');
      break;
    }
    this.#isRestarting = false;
    this.#logger.info('the restart of the workers is over');
  }

  /** Ends all workers. Rejects if one doesn't end in order. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const members = [...this.#members];
    for (const { channel } of members) void channel.tell({ order: 'close' });
    for (const { number, ended } of members) {
      const code = await ended.promise;
      if (code !== 0) throw new Error(`worker ${number} ended with code ${code}`);
    }
  }

  #serving(): Member[] {
    return [...this.#members].filter(({ isListening }) => isListening);
  }

  #fork(start: WorkerStart, replaces?: Member): Member {
    const worker = cluster.fork({ [WORKER_START]: JSON.stringify(start) });
    const member: Member = {
      ...start,
      channel: new Channel(worker, {
        timeoutMs: ANSWER_MS,
        answer: (question) => this.#answer(question),
        onNotice: (notice) => this.#onNotice(member, notice),
      }),
      replaces,
      ready: Promise.withResolvers(),
      ended: Promise.withResolvers(),
      isListening: false,
      readyAtMs: undefined,
      isRetiring: false,
      metrics: [],
    };
    this.#members.add(member);
    worker.once('listening', () => {
      member.isListening = true;
      this.#hasListened = true;
    });
    worker.once('exit', (code: number, signal: string | null) => {
      this.#members.delete(member);
      this.#metrics.keep(member.metrics);
      this.#onExit(member, { pid: worker.process.pid, code, signal });
      member.ended.resolve(signal === null ? code : null);
    });
    return member;
  }

  #onNotice(member: Member, notice: Notice): void {
    if ('lastMetrics' in notice) member.metrics = notice.lastMetrics as MetricSnapshot;
    if (!('isReady' in notice)) return;
    member.readyAtMs = performance.now();
    member.ready.resolve();
  }

  #onExit(member: Member, how: { pid: number | undefined; code: number; signal: string | null }) {
    const { number, isRetiring, replaces } = member;
    if (this.#isClosing) return;
    this.#count(isRetiring ? 'restart' : 'crash');
    if (isRetiring) return;
    this.#logger.error({ worker: number, ...how }, 'a worker ended');
    if (!this.#hasListened) {
      return this.#failed.reject(new Error(`worker ${number} ended before it listened`));
    }
    if (this.#serving().length === 0) {
      for (const { channel } of this.#members) void channel.tell({ order: 'listen' });
    }
    const others = [...this.#members];
    const isReplaced = others.some((one) => one === replaces || one.replaces === member);
    if (!isReplaced) this.#replaceLater(member);
  }

  #replaceLater({ number, readyAtMs }: Member): void {
    const isSteady = readyAtMs !== undefined && performance.now() - readyAtMs > STEADY_MS;
    const restarts = isSteady ? 0 : (this.#restarts.get(number) ?? 0);
    this.#restarts.set(number, restarts + 1);
    setTimeout(
      () => {
        if (!this.#isClosing) this.#fork({ number, waits: this.#serving().length > 0 });
      },
      Math.min(FIRST_RESTART_MS * 2 ** restarts, MAX_RESTART_MS),
    );
  }

  async #answer(question: Question): Promise<unknown> {
    if (question === 'metrics') return this.#readMetrics();
    if (this.#isClosing) return ['closing'];
    // a replacement that waits until it has caught up is missed by nobody
    const asked = [...this.#members].filter(
      (one) => one.isListening || !(one.waits || one.isRetiring),
    );
    const problems = await Promise.all(
      asked.map(async ({ number, channel }) => {
        const own = (await channel.ask('problems')) as string[] | undefined;
        return (own ?? ["it doesn't answer"]).map((problem) => `worker ${number}: ${problem}`);
      }),
    );
    return problems.flat();
  }

  #readMetrics(): Promise<string> {
    const snapshots = [...this.#members].map(async (member) => {
      const answer = await Promise.race([member.channel.ask('metrics'), member.ended.promise]);
      if (Array.isArray(answer)) member.metrics = answer as MetricSnapshot;
      // its replacement has its number
      return member.isRetiring ? withoutWorker(member.metrics) : member.metrics;
    });
    return this.#metrics.format(snapshots);
  }
}
