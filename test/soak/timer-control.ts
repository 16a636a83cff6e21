import { eventually } from '@quotewire/testing';
import type { Fleet } from './fleet.ts';
import type { Window } from './histories.ts';

/** What the timer was told, and whether it knows. */
export interface TimerControl {
  readonly wrongStates: readonly string[];
  /** When someone had stopped it. */
  readonly stopped: Window[];
  start(intervalSeconds: number): Promise<void>;
  stop(): Promise<void>;
  /** Asks for all sources now. */
  tick(): Promise<void>;
  /** Asks each timer for its state, and notes which one tells another than it was given. */
  check(when: string): Promise<void>;
}

/** Tells the timer what to do, through any of its replicas. */
export function controlTimer(fleet: Fleet): TimerControl {
  const wrongStates: string[] = [];
  const stopped: Window[] = [];
  let wanted = { state: 'stopped', intervalSeconds: 60 };

  async function post(path: string, body: object): Promise<void> {
    await eventually(
      async () => {
        const [timer] = fleet.running('timer');
        const response = await fetch(`${timer?.process.url}/timer/${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        if (response.status === 202) return true;
        throw new Error(`${timer?.name} answered ${response.status}: ${await response.text()}`);
      },
      { what: `the timer takes ${path}`, timeoutMs: 40_000 },
    );
  }

  return {
    wrongStates,
    stopped,
    async start(intervalSeconds) {
      await post('start', { intervalSeconds });
      wanted = { state: 'running', intervalSeconds };
    },
    async stop() {
      await post('stop', {});
      wanted = { ...wanted, state: 'stopped' };
    },
    tick: () => post('tick', {}),
    async check(when) {
      for (const { name, process } of fleet.running('timer')) {
        const told = (await (await fetch(`${process.url}/timer`)).json()) as typeof wanted;
        const { state, intervalSeconds } = told;
        if (state === wanted.state && intervalSeconds === wanted.intervalSeconds) continue;
        const is = `${state}, ${intervalSeconds} s`;
        wrongStates.push(
          `${when}: ${name} is ${is}, not ${wanted.state}, ${wanted.intervalSeconds} s`,
        );
      }
    },
  };
}
