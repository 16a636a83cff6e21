import { eventually } from '@quotewire/testing';
import type { Fleet } from './fleet.ts';
import type { Window } from './histories.ts';

/** Commands the timer, and checks its state. */
export interface TimerControl {
  readonly wrongStates: readonly string[];
  /** The periods in which the timer was stopped. */
  readonly stopped: Window[];
  start(intervalSeconds: number): Promise<void>;
  stop(): Promise<void>;
  /** Requests a manual tick of all sources. */
  tick(): Promise<void>;
  /** Compares the state of each timer with the last command, and records the differences. */
  check(when: string): Promise<void>;
}

/** Sends commands to any replica of the timer. */
export function controlTimer(fleet: Fleet): TimerControl {
  const wrongStates: string[] = [];
  const stopped: Window[] = [];
  let expected = { state: 'stopped', intervalSeconds: 60 };

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
      { what: `the timer accepts ${path}`, timeoutMs: 40_000 },
    );
  }

  return {
    wrongStates,
    stopped,
    async start(intervalSeconds) {
      await post('start', { intervalSeconds });
      expected = { state: 'running', intervalSeconds };
    },
    async stop() {
      await post('stop', {});
      expected = { ...expected, state: 'stopped' };
    },
    tick: () => post('tick', {}),
    async check(when) {
      for (const { name, process } of fleet.running('timer')) {
        const reported = (await (await fetch(`${process.url}/timer`)).json()) as typeof expected;
        const { state, intervalSeconds } = reported;
        if (state === expected.state && intervalSeconds === expected.intervalSeconds) continue;
        const is = `${state}, ${intervalSeconds} s`;
        wrongStates.push(
          `${when}: ${name} is ${is}, not ${expected.state}, ${expected.intervalSeconds} s`,
        );
      }
    },
  };
}
