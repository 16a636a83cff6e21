import { connectRabbitMq } from '@quotewire/bus';
import {
  createTestTopology,
  eventually,
  freePorts,
  silentLogger,
  startTcpProxy,
} from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithBroker } from './support/broker.ts';

describeWithBroker('a bus with the addresses of several nodes', (broker) => {
  async function connectTo(url: readonly string[]) {
    const { topology, wordSaid } = createTestTopology();
    const bus = connectRabbitMq({ url, name: 'test', topology, logger: silentLogger });
    onTestFinished(() => bus.close());
    return { bus, say: (word: string) => bus.publish(wordSaid, { word }) };
  }

  async function absentNode(): Promise<string> {
    const [port] = await freePorts(1);
    const url = new URL(broker.url);
    url.port = String(port);
    return url.href;
  }

  it('connects to a node that answers', async () => {
    const absent = await absentNode();
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const { bus, say } = await connectTo([absent, broker.url, absent]);
      await expect(bus.firstConnected).resolves.toBeUndefined();
      await expect(say('hello')).resolves.toBeDefined();
    }
  });

  it('fails over to another node', async () => {
    const nodes = await Promise.all([startTcpProxy(broker.url), startTcpProxy(broker.url)]);
    onTestFinished(async () => {
      await Promise.all(nodes.map((node) => node.close()));
    });
    const { bus, say } = await connectTo(nodes.map(({ url }) => url));
    await bus.firstConnected;
    for (const node of [...nodes, ...nodes]) {
      await node.cut();
      await expect(say('through the other node')).resolves.toBeDefined();
      await node.heal();
    }
  });

  it('reports why each node failed', async () => {
    const absent = [await absentNode(), await absentNode()];
    const { bus } = await connectTo(absent);
    await expect(bus.firstConnected).rejects.toThrow(/ECONNREFUSED/);
    const hosts = absent.map((url) => new URL(url).host);
    const namesAll = (problem: string) => hosts.every((host) => problem.includes(host));
    await eventually(() => bus.problems().every(namesAll), {
      what: 'both connections name all nodes that they tried',
    });
    expect(bus.problems()).toHaveLength(2);
  });
});
