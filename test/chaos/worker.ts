import { connectRabbitMq, PermanentError } from '@quotewire/bus';
import { silentLogger } from '@quotewire/testing';
import { done, jobs, topology } from './topology.ts';

/** The share of attempts that fail temporarily. */
const SHARE_FAILED = 0.1;
/** One in this many jobs fails permanently. */
const PERMANENT_EVERY = 40;

const { AMQP_URL = '' } = process.env;
const url = AMQP_URL.split(',');
const bus = connectRabbitMq({ url, name: 'chaos-worker', topology, logger: silentLogger });
bus.consume(
  jobs,
  async ({ data: { n } }, { isRepeat }) => {
    if (n % PERMANENT_EVERY === 0) throw new PermanentError('permanent failure');
    if (Math.random() < SHARE_FAILED) throw new Error('temporary failure');
    await bus.publish(done, { n, isRepeat });
  },
  { concurrency: 5 },
);
