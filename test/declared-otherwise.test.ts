import { connectRabbitMq, type Topology } from '@quotewire/bus';
import { createRecordingLogger, createTestTopology, deleteTopology } from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithBroker } from './support/broker.ts';

describeWithBroker('a queue that exists with other settings', (broker) => {
  /** The warnings when a bus declares a topology again with other bounds. */
  async function warningsAbout(topology: Topology): Promise<string[]> {
    onTestFinished(() => deleteTopology(broker.url, topology));
    const { logger, lines } = createRecordingLogger();
    const declare = async (declared: Topology) => {
      const bus = connectRabbitMq({ url: broker.url, name: 'test', topology: declared, logger });
      await bus.firstConnected;
      await bus.close();
    };
    await declare(topology);
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
    await declare({
      workQueues: topology.workQueues.map((queue) => ({ ...queue, maxLength: 7 })),
      logs: topology.logs.map((log) => ({ ...log, maxBytes: 5_000_000 })),
    });
    return lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
  }

  it('needs a policy if it is a log, and is never to be deleted', async () => {
    const { topology, log } = createTestTopology();
    const warnings = await warningsAbout({ ...topology, workQueues: [] });
    const pattern = `^${log.name.replace('.', String.raw`\.`)}$`;
    const policy = `set_policy --apply-to queues ${log.name} '${pattern}' '{"max-length-bytes":5000000}'`;
    expect(warnings[0]).toContain(`rabbitmqctl ${policy}`);
    expect(warnings.join()).not.toContain('delete_queue');
  });

  it('is to be emptied and deleted if it is a work queue', async () => {
    const { topology, queue } = createTestTopology();
    const warnings = await warningsAbout({ ...topology, logs: [] });
    expect(warnings[0]).toContain(
      `empty the queue and run: rabbitmqctl delete_queue ${queue.name}`,
    );
  });
});
