import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createWorld } from './world.ts';

const KINDS = {
  'cursors in order': (place: number, offset: number) =>
    `${offset}-${(place + 4_096).toString(16)}`,
  'opaque cursors': (place: number) => `x${(place * 7_919) % 10_007}`,
};
const STARTS = [
  { hasLoad: true, limit: 5 },
  { hasLoad: false, limit: 5 },
  { hasLoad: false, limit: undefined },
];
const STEPS = [
  'open',
  'append',
  'append',
  'append',
  'serve',
  'serve',
  'serve',
  'receive',
  'receive',
  'receive',
  'load',
  'load',
  'grant',
  'grant',
  'advance',
  'cut',
  'crash',
  'freeze',
  'wake',
  'pause',
  'resume',
  'expire',
  'redeclare',
  'down',
  'up',
  'settle',
] as const;

const story = fc.array(fc.tuple(fc.constantFrom(...STEPS), fc.nat(7)), {
  minLength: 20,
  maxLength: 150,
});

const cases = Object.entries(KINDS).flatMap(([kind, cursorOf]) =>
  STARTS.map((start) => ({ kind, cursorOf, ...start })),
);

it.for(cases)(
  'loses and doubles nothing, whatever happens to tabs, locks and messages: $kind, load $hasLoad, limit $limit',
  ({ cursorOf, hasLoad, limit }) => {
    fc.assert(
      fc.property(
        story,
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1 }),
        (steps, chances) => {
          let drawn = 0;
          const random = () => chances[drawn++ % chances.length] ?? 0;
          const world = createWorld({ cursorOf, hasLoad, limit, random });
          world.openTab();
          for (const [step, at] of steps) {
            const tab = world.tabs[at % world.tabs.length];
            if (tab === undefined) continue;
            const isAwake = !tab.isFrozen && !tab.isGone;
            if (step === 'open' && world.tabs.length < 8) world.openTab();
            if (step === 'append') world.append();
            if (step === 'serve') world.serve(tab);
            if (step === 'receive') world.receive(tab);
            if (step === 'load') world.load(tab);
            if (step === 'grant') world.grant();
            if (step === 'advance') world.advance();
            if (step === 'cut') world.cut(tab);
            if (step === 'crash') world.crash(tab);
            if (step === 'freeze') tab.isFrozen = true;
            if (step === 'wake') tab.isFrozen = false;
            if (step === 'pause' && isAwake) tab.supervisor.stop('paused');
            if (step === 'resume' && isAwake) tab.supervisor.start();
            if (step === 'expire') world.expire();
            if (step === 'redeclare') world.redeclare();
            if (step === 'down' || step === 'up') world.setUp(step === 'up');
            if (step === 'settle') world.settle();
          }
          // a frozen tab may hold the lock
          world.setUp(true);
          const awake = world.tabs.filter(({ isFrozen, isGone }) => !isFrozen && !isGone);
          for (const { supervisor } of awake) supervisor.start();
          const until = world.now + 300_000;
          while (world.now < until) {
            world.settle();
            world.advance();
          }
          for (let count = 0; count < 3; count += 1) world.append();
          world.settle();
          for (const { state, place, complaint } of awake) {
            expect(complaint).toBeUndefined();
            expect(state).toBe('live');
            expect((place ?? 0) - ((place ?? 0) % 3)).toBe(world.newestPassing);
          }
          expect(world.connections()).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 150 },
    );
  },
);
