import type { Metrics } from '@quotewire/service';
import type { Timer } from './timer.ts';

/** Declares the gauges of a timer. */
export function exposeTimer(timer: Timer, metrics: Metrics): void {
  metrics.gauge('timer_running', {
    help: '1 while the timer is started, 0 while it is stopped; the same for all timers.',
    read: () => (timer.view().state === 'running' ? 1 : 0),
  });
  metrics.gauge('timer_leading', {
    help: '1 if this timer is the one that ticks.',
    read: () => (timer.isLeader ? 1 : 0),
  });
  metrics.gauge('timer_ticks_waiting', {
    help: 'Ticks that are due and not in the work queue yet.',
    read: () => timer.waitingTicks,
  });
  const enabled = () => timer.view().sources.filter((source) => source.enabled);
  metrics.gauges('timer_interval_seconds', {
    help: 'Interval of an enabled source.',
    labels: ['source'],
    read: () =>
      enabled().map(({ name: source, everySeconds: value }) => ({ labels: { source }, value })),
  });
  metrics.gauges('timer_last_tick_timestamp_seconds', {
    help: 'When an enabled source was last due and requested; absent before its first tick.',
    labels: ['source'],
    read: () =>
      enabled().flatMap(({ name: source, lastTickAt }) =>
        lastTickAt === null ? [] : [{ labels: { source }, value: Date.parse(lastTickAt) / 1_000 }],
      ),
  });
}
