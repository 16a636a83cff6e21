import { connectRabbitMq } from '@quotewire/bus';
import { silentLogger } from '../../packages/bus/test/silent-logger.ts';
import { done, jobs, topology } from './topology.ts';

const { AMQP_URL: url = '' } = process.env;
const bus = connectRabbitMq({ url, name: 'chaos-worker', topology, logger: silentLogger });
const publish = async (n: number): Promise<void> => {
  await bus.publish(done, { n });
};
bus.consume(jobs, ({ data }) => publish(data.n), { concurrency: 5 });
