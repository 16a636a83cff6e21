import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSupervisor } from '../src/supervisor.js';

const CHANCE = 0.5;

function start({ hasLoad = false, isOnline = (): boolean => true } = {}) {
  const done: string[] = [];
  const timers = new Map<string, number>();
  let isConnected = false;
  let isLoading = false;
  const close = () => {
    isConnected = false;
    isLoading = false;
  };
  const supervisor = createSupervisor(
    { hasLoad, silenceMs: 37_500 },
    {
      wait: (timer, ms) => void timers.set(timer, ms),
      clear: (timer) => void timers.delete(timer),
      now: () => 0,
      random: () => CHANCE,
      load() {
        isLoading = true;
        done.push('load');
      },
      open(cursor) {
        isConnected = true;
        done.push(`open ${cursor}`);
      },
      close,
      leave: close,
      tell: ({ state }) => void done.push(state),
      emit: ({ name, id }) => void done.push(`${name} ${id}`),
      isOnline,
    },
  );
  supervisor.start();
  const fire = (timer: 'retry' | 'settle' | 'silence') => {
    timers.delete(timer);
    supervisor.fire(timer);
  };
  return {
    supervisor,
    done,
    timers,
    fire,
    isConnected: () => isConnected,
    isLoading: () => isLoading,
  };
}

it('opens after the last event where the browser has given up, each time after at most twice the wait', () => {
  const { supervisor, done, timers, fire } = start();
  supervisor.heard({ name: 'message', data: '', id: '7' });
  const waits = Array.from({ length: 9 }, () => {
    supervisor.lost(true);
    const waitMs = timers.get('retry');
    fire('retry');
    return waitMs;
  });
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  expect(done.slice(0, 8)).toEqual([
    'connecting',
    'open ',
    'live',
    'message 7',
    'reconnecting',
    'reconnecting',
    'open 7',
    'reconnecting',
  ]);
});

it('replaces a connection that is silent for too long', () => {
  const { done, timers, fire } = start();
  expect(timers.get('silence')).toBe(37_500);
  fire('silence');
  expect(done).toEqual(['connecting', 'open ', 'silent', 'open ']);
});

it('does not call a connection live that ends at once', () => {
  const { supervisor, done, timers } = start();
  supervisor.opened();
  supervisor.lost(false);
  expect(timers.has('settle')).toBe(false);
  expect(done).not.toContain('live');
});

it('loads before it opens, and again after each gap', () => {
  const { supervisor, done } = start({ hasLoad: true });
  supervisor.loaded('5');
  supervisor.heard({ name: 'gap', data: '{}', id: '9' });
  supervisor.loaded('12');
  expect(done).toEqual(['connecting', 'load', 'open 5', 'gap 9', 'load', 'open 12']);
});

it('keeps the last cursor where an event has none', () => {
  const { supervisor } = start();
  supervisor.heard({ name: 'message', data: '', id: '7' });
  supervisor.heard({ name: 'message', data: '', id: '' });
  expect(supervisor.cursor).toBe('7');
});

it('says offline where there is no network', () => {
  const { supervisor, done } = start({ isOnline: () => false });
  supervisor.lost(false);
  expect(done.at(-1)).toBe('offline');
});

type Harness = ReturnType<typeof start>;
const STEPS: Record<string, (harness: Harness) => void> = {
  loaded: ({ supervisor, isLoading }) => isLoading() && supervisor.loaded('1'),
  failed: ({ supervisor, isLoading }) => isLoading() && supervisor.loadFailed(),
  opened: ({ supervisor, isConnected }) => isConnected() && supervisor.opened(),
  lost: ({ supervisor, isConnected }) => isConnected() && supervisor.lost(false),
  refused: ({ supervisor, isConnected }) => isConnected() && supervisor.lost(true),
  gap: ({ supervisor, isConnected }) =>
    isConnected() && supervisor.heard({ name: 'gap', data: '{}', id: '2' }),
  heard: ({ supervisor, isConnected }) =>
    isConnected() && supervisor.heard({ name: 'message', data: '', id: '3' }),
  timer: ({ timers, fire }) => {
    for (const timer of [...timers.keys()].slice(0, 1)) fire(timer as 'retry');
  },
  pause: ({ supervisor }) => supervisor.stop('paused'),
  resume: ({ supervisor }) => supervisor.start(),
  online: ({ supervisor }) => supervisor.online(),
  offline: ({ supervisor }) => supervisor.offline(),
};

it('always waits for something while it is on, and for nothing while it is not', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...Object.keys(STEPS)), { maxLength: 60 }),
      fc.boolean(),
      (steps, hasLoad) => {
        const harness = start({ hasLoad });
        const { supervisor, timers, isConnected, isLoading } = harness;
        for (const step of steps) {
          STEPS[step]?.(harness);
          const isWaiting = timers.has('retry') || timers.has('silence') || isLoading();
          expect(isWaiting).toBe(supervisor.status.state !== 'paused');
          expect(isConnected() && supervisor.status.state === 'paused').toBe(false);
          expect(isConnected() && timers.has('retry')).toBe(false);
        }
      },
    ),
  );
});
