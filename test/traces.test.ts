import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { eventually, freePorts, type RunningProcess } from '@quotewire/testing';
import { serveSite } from '@quotewire/testing/serve-site';
import { toscrapeSource, writeSources } from '@quotewire/testing/write-sources';
import { describe, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { openStream } from './support/open-stream.ts';
import { startQuoteStream } from './support/quote-stream.ts';
import { spawnProcess, startProcess } from './support/start-process.ts';
import { receiveTraces, type ReceivedSpan, type TraceReceiver } from './support/trace-receiver.ts';

const PAGE = `<div class="quote"><span class="text">Traced</span><small class="author">A</small></div>`;
const LISTS_MODULES = `--import=${pathToFileURL(join(import.meta.dirname, 'support/list-modules.js')).href}`;

const JSON_PROTOCOL = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };

describeWithBroker('traces', (broker) => {
  it('follow a tick over three processes to the stream', async () => {
    const receiver = await receiveTraces();
    const site = await serveSite((_path, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
    });
    const sources = writeSources([toscrapeSource({ name: 'traced', url: `${site.url}/` })]);
    const env = {
      AMQP_URL: broker.url,
      SOURCES_FILE: sources,
      DRAIN_SECONDS: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      ...JSON_PROTOCOL,
    };
    const processes = await Promise.all([
      startProcess('timer', { env }),
      startProcess('scraper', { env: { ...env, OTEL_SERVICE_NAME: 'my-scraper' } }),
      startQuoteStream(env),
    ]);
    const [timer, , quoteStream] = processes;
    const stream = await openStream(`${quoteStream.url}/quoteEvent`);
    await eventually(async () => (await fetch(`${timer.url}/timer/tick`, { method: 'POST' })).ok, {
      what: 'the timer ticks',
    });
    await stream.waitFor(({ event }) => event === 'newQuote', 'a quote');
    expect(await Promise.all(processes.map((process) => process.terminate()))).toEqual([0, 0, 0]);
    expect(treeOf(receiver, 'publish quotes:scrape.requested')).toEqual([
      'quotewire-timer: publish quotes:scrape.requested',
      '  my-scraper: process quotes:scrape.requested:scraper.scrape.requested',
      '    my-scraper: extract',
      '    my-scraper: fetch',
      '    my-scraper: publish quotes:quote.scraped',
      '      quotewire-quote-stream: process quotes:quote.scraped:quotes.log',
      '  quotewire-timer: publish timer:timer.ticked',
    ]);
    expect(receiver.spans.find(({ name }) => name === 'fetch')).toMatchObject({
      attributes: { 'url.full': `${site.url}/` },
      resource: { 'deployment.environment.name': 'test' },
      hasFailed: false,
    });
  });
});

describe('a process', () => {
  /** Starts all services in one process, which ticks by itself, and resolves once it has shown a quote. */
  async function showQuotes(env: Record<string, string>): Promise<RunningProcess> {
    const started = spawnProcess('standalone', {
      env: { PORT: '0', HOST: '127.0.0.1', NODE_OPTIONS: LISTS_MODULES, ...env },
    });
    const line = await started.waitForLine((text) => text.startsWith('Quotes live:'), 'its URL');
    const stream = await openStream(`${/http:\S+/.exec(line)?.[0]}quoteEvent?limit=1`);
    await stream.waitFor(({ event }) => event === 'newQuote', 'a quote');
    return started;
  }
  // n.b. the metrics have loaded the API, which does nothing by itself
  const loadsOpenTelemetry = ({ output }: RunningProcess) =>
    output.includes('/node_modules/@opentelemetry/sdk-trace/');

  it('sends traces as protobuf by default', async () => {
    const receiver = await receiveTraces();
    const started = await showQuotes({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/own` });
    expect(await started.terminate()).toBe(0);
    expect(loadsOpenTelemetry(started)).toBe(true);
    expect(receiver.contentTypes[0]).toBe('application/x-protobuf');
  });

  it.for([
    ['without an endpoint', false],
    ['with OTEL_SDK_DISABLED', true],
  ] as const)('neither loads nor connects anything %s', async ([, isDisabled]) => {
    const receiver = await receiveTraces();
    const started = await showQuotes(
      isDisabled ? { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_SDK_DISABLED: 'true' } : {},
    );
    expect(await started.terminate()).toBe(0);
    expect(started.output).toContain('loads file:');
    expect(loadsOpenTelemetry(started)).toBe(false);
    expect(receiver.connections).toBe(0);
  });

  it('records nothing that the sampler leaves out', async () => {
    const receiver = await receiveTraces();
    const started = await showQuotes({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0',
    });
    expect(await started.terminate()).toBe(0);
    expect(loadsOpenTelemetry(started)).toBe(true);
    expect(receiver.connections).toBe(0);
  });

  it('works and ends while the receiver accepts connections and answers nothing', async () => {
    const receiver = await receiveTraces({ isSilent: true });
    const started = await showQuotes({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    expect(await started.terminate()).toBe(0);
    expect(receiver.connections).toBeGreaterThan(0);
  });

  it('works and ends without the receiver, and says once that traces are lost', async () => {
    const [port = 0] = await freePorts(1);
    const started = await showQuotes({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '100',
    });
    await started.waitForLine((line) => line.includes('traces are lost'), 'it says so');
    expect(await started.terminate()).toBe(0);
    expect(started.output.split('traces are lost')).toHaveLength(2);
  });

  it('names a variable with a bad value', async () => {
    const started = spawnProcess('clock', {
      env: { OTEL_TRACES_SAMPLER: 'sometimes', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    });
    expect(await started.waitForExit()).toBe(1);
    expect(started.output).toContain('OTEL_TRACES_SAMPLER is "sometimes", but must be one of');
    expect(started.output).toContain('"grpc", but must be http/protobuf or http/json');
  });
});

/** Returns a line for each span of the trace that begins with a span of this name, below its parent's line. */
function treeOf({ spans }: TraceReceiver, name: string): string[] {
  const root = spans.find((span) => span.name === name && span.parentSpanId === undefined);
  const linesOf = (parent: ReceivedSpan, indent: string): string[] => [
    `${indent}${parent.service}: ${parent.name}`,
    ...spans
      .filter(
        ({ traceId, parentSpanId }) => traceId === parent.traceId && parentSpanId === parent.spanId,
      )
      .toSorted((one, other) => one.name.localeCompare(other.name))
      .flatMap((child) => linesOf(child, `${indent}  `)),
  ];
  return root === undefined ? [] : linesOf(root, '');
}
