import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { within } from '@quotewire/testing';

/** What a load process is told. `report` is the number of the last quote. */
export type Order =
  | { readonly port: number; readonly size: number; readonly localAddress: string }
  | { readonly report: number }
  | { readonly close: true };

/** What a load process tells. `arrived` is a quote that all its subscribers have received. */
export type Told =
  | { readonly joined: number }
  | { readonly arrived: number; readonly atMs: number }
  | { readonly report: LoadReport };

/** What subscribers found. */
export interface LoadReport {
  /** Those that have received the last quote. */
  subscribers: number;
  missing: number;
  doubled: number;
  gaps: number;
  /** Answers other than 200. */
  refused: number;
}

const PROCESS = join(import.meta.dirname, 'load-process.ts');

/** Subscribers of a quote-stream in processes of their own, each with a loopback address of its own. They check that each quote comes once and in order, and reconnect as browsers do. */
export class Loads {
  readonly #children: ChildProcess[];
  /** For each quote, when each process had received it. */
  readonly #arrivals = new Map<number, number[]>();
  #onArrival = () => {};

  constructor({ processes }: { processes: number }) {
    this.#children = Array.from({ length: processes }, () =>
      fork(PROCESS, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
    );
    for (const child of this.#children) {
      child.on('message', (told: Told) => {
        if (!('arrived' in told)) return;
        const times = this.#arrivals.get(told.arrived) ?? [];
        this.#arrivals.set(told.arrived, [...times, told.atMs]);
        this.#onArrival();
      });
    }
  }

  /** Connects subscribers; resolves once each has its first bytes. */
  async join(
    port: number,
    { size, timeoutMs }: { size: number; timeoutMs: number },
  ): Promise<void> {
    const count = this.#children.length;
    const joined = this.#children.map(async (child, index) => {
      const own = Math.floor(size / count) + (index < size % count ? 1 : 0);
      await this.#ask(child, { port, size: own, localAddress: `127.0.1.${index + 1}` }, 'joined');
    });
    await within(Promise.all(joined), { what: `${size} subscribers connect`, timeoutMs });
  }

  /** Resolves with the time at which the last subscriber received a quote. */
  async arrival(number: number, { timeoutMs }: { timeoutMs: number }): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    const check = () => {
      const times = this.#arrivals.get(number) ?? [];
      if (times.length === this.#children.length) resolve(Math.max(...times));
    };
    this.#onArrival = check;
    check();
    return within(promise, { what: `quote ${number} reaches every subscriber`, timeoutMs });
  }

  /** Throws unless each subscriber has received each quote up to the last, once and in order, without a gap. */
  async assertExact(last: number, { size }: { size: number }): Promise<void> {
    const told = await Promise.all(
      this.#children.map((child) => this.#ask(child, { report: last }, 'report')),
    );
    const total: LoadReport = { subscribers: 0, missing: 0, doubled: 0, gaps: 0, refused: 0 };
    for (const one of told) {
      if (!('report' in one)) continue;
      for (const key of Object.keys(total) as (keyof LoadReport)[]) total[key] += one.report[key];
    }
    const { subscribers, ...faults } = total;
    if (subscribers === size && Object.values(faults).every((count) => count === 0)) return;
    throw new Error(`${subscribers} of ${size} received quote ${last}; ${JSON.stringify(faults)}`);
  }

  async stop(): Promise<void> {
    const running = this.#children.filter(
      ({ exitCode, signalCode }) => (exitCode ?? signalCode) === null,
    );
    const ended = running.map((child) => once(child, 'exit'));
    for (const child of running) if (child.connected) child.send({ close: true } satisfies Order);
    const late = within(Promise.all(ended), { what: 'the load processes end' });
    await late.catch(() => {
      for (const child of running) child.kill('SIGKILL');
    });
  }

  async #ask(child: ChildProcess, order: Order, answer: string): Promise<Told> {
    const { promise, resolve, reject } = Promise.withResolvers<Told>();
    const onExit = () => reject(new Error('a load process ended'));
    const onMessage = (told: Told) => {
      if (answer in told) resolve(told);
    };
    child.on('message', onMessage).once('exit', onExit);
    child.send(order);
    try {
      return await promise;
    } finally {
      child.off('message', onMessage).off('exit', onExit);
    }
  }
}
