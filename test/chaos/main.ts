// Runs the services and the bus under faults: npm run chaos -- --help
import { numberIn, readCommandLine, wholeNumberIn } from '@quotewire/terminal';
import { versionOf } from '@quotewire/testing';
import { startFaultyBroker } from '../support/faulty-broker.ts';
import { startPrivateCluster } from '../support/private-cluster.ts';
import { hasFailed } from './check.ts';
import { clusterFaultsWith } from './cluster-faults.ts';
import { faultsWith } from './faults.ts';
import { runChaos } from './run-chaos.ts';

const { seconds, seed, image, withCluster } = readCommandLine(
  {
    command: 'npm run chaos --',
    summary:
      'Puts the services and the bus under every kind of fault, and counts what is lost, doubled or out of order.',
    options: {
      seconds: {
        type: 'string',
        value: '<seconds>',
        default: '60',
        description: 'how long faults happen',
      },
      seed: {
        type: 'string',
        value: '<number>',
        default: String(Date.now() % 1_000_000),
        defaultText: 'a random one',
        description: 'decides which fault happens when',
      },
      image: {
        type: 'string',
        value: '<image>',
        defaultText: 'a private node of the installed RabbitMQ',
        description: 'runs the RabbitMQ of this image',
      },
      cluster: {
        type: 'boolean',
        description:
          'partitions, kills and freezes three nodes instead; needs root, epmd, ip, iptables and util-linux',
      },
    },
    examples: [
      'npm run chaos -- --seconds 60 --seed 1',
      'npm run chaos -- --image rabbitmq:4-management',
      'npm run chaos -- --cluster --seconds 1200',
    ],
  },
  ({ values }) => ({
    seconds: numberIn('--seconds', values.seconds, { min: 1 }),
    seed: wholeNumberIn('--seed', values.seed, { min: 0 }),
    image: values.image,
    withCluster: values.cluster === true,
  }),
);

function onTrouble(trouble: string): void {
  console.log(`         ${trouble}`);
}

/** Starts what the run has as its broker. */
async function startRig() {
  if (withCluster) {
    const cluster = await startPrivateCluster({ image });
    const urls = cluster.nodes.map(({ url }) => url);
    return { urls, faults: clusterFaultsWith(cluster, { onTrouble }), stop: () => cluster.stop() };
  }
  const broker = await startFaultyBroker(image);
  return { urls: [broker.url], faults: faultsWith(broker), stop: () => broker.stop() };
}

const { urls, faults, stop } = await startRig();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    // the services are children, which exit with this process
    void stop().finally(() => process.exit(1));
  });
}
try {
  const version = await versionOf(urls[0] ?? '');
  console.log(`${version}, nodes: ${urls.length}, ${seconds} s, seed ${seed}`);
  const startedAt = performance.now();
  const onFault = (name: string) => {
    const second = Math.round((performance.now() - startedAt) / 1_000);
    console.log(`${String(second).padStart(5)} s  ${name}`);
  };
  const report = await runChaos({ urls, faults, seconds, seed, onFault });
  for (const detail of report.details) console.log(detail);
  for (const part of ['faults', 'pausesMs', 'work', 'tallies', 'costs', 'failures'] as const) {
    console.log(`\n${part}`);
    console.table(report[part]);
  }
  process.exitCode = hasFailed(report) ? 1 : 0;
} finally {
  await stop();
}
