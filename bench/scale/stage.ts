import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { connectRabbitMq, type RabbitMqBus } from '@quotewire/bus';
import { quoteId, quoteScraped, topologyOf } from '@quotewire/events';
import {
  createVhost,
  deleteTopology,
  deleteVhost,
  eventually,
  findBroker,
  freePorts,
  type RunningProcess,
  silentLogger,
  spawnService,
  untilListening,
} from '@quotewire/testing';
import { cpuSecondsOf, rssBytesOf } from '../proc.ts';
import { Loads } from './loads.ts';

/** Above what any run needs. */
const NO_LIMIT = '1000000';
const START_DEADLINE_MS = 60_000;

export interface StageOptions {
  readonly subscribers: number;
  readonly workers: number;
  readonly loadProcesses: number;
}

const running = new Set<Stage>();

/** Stops all stages, and deletes their vhosts. */
export async function stopStages(): Promise<void> {
  await Promise.all([...running].map((stage) => stage.stop()));
}

/** A quote-stream on a broker, with subscribers and what publishes. */
export class Stage {
  readonly #options: StageOptions;
  readonly #amqpUrl: string;
  readonly #port: number;
  readonly #bus: RabbitMqBus;
  readonly loads: Loads;
  readonly #stopBroker: () => Promise<void>;
  #server: RunningProcess | undefined;
  #published = 0;

  private constructor(
    options: StageOptions,
    parts: { amqpUrl: string; port: number; stopBroker: () => Promise<void> },
  ) {
    this.#options = options;
    this.#amqpUrl = parts.amqpUrl;
    this.#port = parts.port;
    this.#stopBroker = parts.stopBroker;
    this.#bus = connectRabbitMq({
      url: parts.amqpUrl,
      name: 'bench-publisher',
      topology: topologyOf(),
      logger: silentLogger,
    });
    this.loads = new Loads({ processes: options.loadProcesses });
  }

  /** Runs `work` with a stage, on a vhost of its own, and stops everything after it. */
  static async run<T>(options: StageOptions, work: (stage: Stage) => Promise<T>): Promise<T> {
    const broker = await findBroker();
    if (broker === undefined) throw new Error('there is no RabbitMQ: set AMQP_URL');
    const { url, vhostMaker: maker } = broker;
    const ours = new URL(url);
    const vhost = `quotewire-bench-${randomUUID()}`;
    if (maker !== undefined) {
      await createVhost(vhost, maker);
      ours.pathname = `/${vhost}`;
    }
    const [port = 0] = await freePorts(1);
    const stopBroker = async () => {
      if (maker === undefined) await deleteTopology(url, topologyOf());
      else await deleteVhost(vhost, maker);
      await broker.stop();
    };
    const stage = new Stage(options, { amqpUrl: ours.href, port, stopBroker });
    running.add(stage);
    try {
      await stage.start();
      return await work(stage);
    } finally {
      await stage.stop();
    }
  }

  /** Starts the quote-stream; resolves once all workers are ready. */
  async start(): Promise<void> {
    const { workers } = this.#options;
    const started = spawnService('quote-stream', {
      env: {
        AMQP_URL: this.#amqpUrl,
        PORT: String(this.#port),
        HOST: '127.0.0.1',
        WORKERS: String(workers),
        SSE_MAX_CONNECTIONS: NO_LIMIT,
        SSE_MAX_PER_ADDRESS: NO_LIMIT,
      },
    });
    this.#server = started;
    const { url } = await untilListening(started);
    const what = 'the quote-stream is ready';
    const timeoutMs = START_DEADLINE_MS;
    await eventually(async () => (await fetch(`${url}/readyz`)).ok, { what, timeoutMs });
  }

  join(): Promise<void> {
    const { subscribers: size } = this.#options;
    return this.loads.join(this.#port, { size, timeoutMs: 60_000 + size * 5 });
  }

  cpuSeconds(): number {
    return cpuSecondsOf(this.#server?.pid ?? 0);
  }

  rssBytes(): number {
    return rssBytesOf(this.#server?.pid ?? 0);
  }

  /** Publishes the next quote. Returns its number, and when it was published. */
  async publish(): Promise<{ number: number; atMs: number }> {
    this.#published += 1;
    const number = this.#published;
    const text = `quote ${number}.`;
    const author = 'Seneca the Younger';
    const atMs = Number(process.hrtime.bigint()) / 1e6;
    await this.#bus.publish(quoteScraped, {
      id: quoteId({ text, author }),
      text,
      author,
      tags: ['time', 'life'],
      source: 'bench',
      url: 'http://127.0.0.1:8080/page/1/',
      scrapedAt: new Date().toISOString(),
    });
    return { number, atMs };
  }

  /** Publishes the next quote; resolves with the time until every subscriber has received it, in ms. */
  async publishToAll({ timeoutMs }: { timeoutMs: number }): Promise<number> {
    const { number, atMs } = await this.publish();
    return (await this.loads.arrival(number, { timeoutMs })) - atMs;
  }

  /** Ends the quote-stream in order, and starts it again. Publishes in the meantime, one quote a second. */
  async restart(): Promise<void> {
    const restarted = new AbortController();
    const publishing = (async () => {
      while (!restarted.signal.aborted) {
        await this.publish();
        await delay(1_000);
      }
    })();
    try {
      const code = await this.#server?.terminate();
      if (code !== 0) throw new Error(`the quote-stream ended with code ${code}`);
      await this.start();
    } finally {
      restarted.abort();
      await publishing;
    }
  }

  /** Throws unless each subscriber has received all quotes, each once and in order. */
  async assertExact(): Promise<void> {
    await this.loads.assertExact(this.#published, { size: this.#options.subscribers });
  }

  async stop(): Promise<void> {
    if (!running.delete(this)) return;
    await this.loads.stop();
    await this.#server?.kill9();
    await this.#bus.close();
    await this.#stopBroker();
  }
}
