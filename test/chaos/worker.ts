import { connectRabbitMq, PermanentError } from '@quotewire/bus';
import { silentLogger } from '@quotewire/testing';
import { done, jobs, topology } from './topology.ts';

/** Of all attempts. */
const SHARE_FAILED = 0.1;
/** One job in so many can't be done at all. */
const PERMANENT_EVERY = 40;

const { AMQP_URL: url = '' } = process.env;
const bus = connectRabbitMq({ url, name: 'chaos-worker', topology, logger: silentLogger });
bus.consume(
  jobs,
  async ({ data: { n } }, { isRepeat }) => {
    if (n % PERMANENT_EVERY === 0) throw new PermanentError('it cannot be done');
    if (Math.random() < SHARE_FAILED) throw new Error('not this time');
    await bus.publish(done, { n, isRepeat });
  },
  { concurrency: 5 },
);
