import { connectRabbitMq, type RabbitMqBus } from '@quotewire/bus';
import { type Quote, quoteScraped, topologyOf } from '@quotewire/events';
import {
  eventually,
  type PrivateBroker,
  silentLogger,
  startPrivateBroker,
} from '@quotewire/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStream, type StreamClient } from './support/open-stream.ts';
import { quoteOf } from './support/quotes.ts';
import { type ListeningProcess, startProcess } from './support/start-process.ts';

/** All that RabbitMQ 3.10 has but streams, which later versions always have. */
const FLAGS_WITHOUT_STREAMS = [
  'classic_mirrored_queue_version',
  'implicit_default_bindings',
  'maintenance_mode_status',
  'quorum_queue',
  'user_limits',
  'virtual_host_metadata',
];

/** undefined without an installed RabbitMQ, or if its streams can't be disabled. */
async function startWithoutStreams(): Promise<PrivateBroker | undefined> {
  try {
    return await startPrivateBroker({ featureFlags: FLAGS_WITHOUT_STREAMS });
  } catch (error) {
    if (process.env.CI) throw error;
    process.stderr.write(
      'SKIPPED: a broker that refuses streams. It takes a RabbitMQ 3.10 of this machine.\n',
    );
    return undefined;
  }
}

const broker = await startWithoutStreams();

describe.runIf(broker !== undefined)('a broker that refuses streams', () => {
  const url = broker?.url ?? '';
  let bus: RabbitMqBus;
  let quoteStream: ListeningProcess;
  let stream: StreamClient;

  const isReady = async () => (await fetch(`${quoteStream.url}/readyz`)).ok;
  const receives = (text: string) =>
    stream.waitFor(({ data = '' }) => data.includes(`"${text}"`), text);

  beforeAll(async () => {
    bus = connectRabbitMq({
      url,
      name: 'test',
      topology: topologyOf(),
      logger: silentLogger,
    });
    await bus.firstConnected;
  });
  afterAll(async () => {
    await bus?.close();
    await broker?.stop();
  });

  it('accepts a quote that no queue is bound to', async () => {
    const event = await bus.publish(quoteScraped, quoteOf('unread'));
    expect(event.data.text).toBe('unread');
  });

  it('is named in the log and the metrics of a service, which works nevertheless', async () => {
    quoteStream = await startProcess('quote-stream', { env: { AMQP_URL: url } });
    await eventually(isReady, { what: 'quote-stream is ready' });
    expect(quoteStream.output).toContain('the broker supports no streams');
    expect(await (await fetch(`${quoteStream.url}/metrics`)).text()).toContain(
      'amqp_features_refused_total{feature="streams"} 1',
    );
    stream = await openStream(`${quoteStream.url}/quoteEvent`);
    await bus.publish(quoteScraped, quoteOf('one'));
    await receives('one');
  });

  it('resumes a browser within the history of the process', async () => {
    const { id = '' } = await receives('one');
    await bus.publish(quoteScraped, quoteOf('two'));
    await receives('two');
    const resumed = await openStream(`${quoteStream.url}/quoteEvent`, {
      headers: { 'last-event-id': id },
    });
    const next = await resumed.waitFor(({ event }) => event === 'newQuote', 'the next quote');
    expect(next.data).toContain('"two"');
    expect(resumed.events.some(({ event }) => event === 'gap')).toBe(false);
    await resumed.close();
  });

  it('turns every lost connection into a gap, never into a silent hole', async () => {
    await broker?.kill9();
    await eventually(async () => !(await isReady()), {
      what: 'quote-stream reports that it has no broker',
    });
    await broker?.restart();
    await eventually(isReady, { what: 'quote-stream is ready again' });
    await bus.publish(quoteScraped, quoteOf('three'));
    await receives('three');
    const told = stream.events.flatMap(({ event, data = '' }) =>
      event === 'gap' || event === 'newQuote'
        ? [event === 'gap' ? 'gap' : (JSON.parse(data) as Quote).text]
        : [],
    );
    expect(told).toEqual(['one', 'two', 'gap', 'three']);
  });
});
