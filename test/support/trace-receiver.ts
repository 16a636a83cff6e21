import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

/** A span as a receiver gets it. */
export interface ReceivedSpan {
  /** The name of the process that sent it. */
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Absent for the first span of a trace. */
  readonly parentSpanId: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  /** The attributes of the process. */
  readonly resource: Readonly<Record<string, string>>;
  readonly hasFailed: boolean;
}

/** A receiver of OTLP over HTTP, in JSON. */
export interface TraceReceiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** The content types of all requests so far. */
  readonly contentTypes: readonly string[];
  readonly connections: number;
}

interface Attribute {
  key: string;
  value: { stringValue?: string };
}
interface TraceRequest {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      spans: {
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        name: string;
        attributes: Attribute[];
        status: { code?: number };
      }[];
    }[];
  }[];
}

const closing: (() => void)[] = [];

// runs at the end of each test file that imports this one
afterAll(() => {
  for (const close of closing) close();
});

/**
 * Receives traces until the test file ends; with `isSilent`, accepts connections and answers nothing.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export async function receiveTraces({ isSilent = false } = {}): Promise<TraceReceiver> {
  const spans: ReceivedSpan[] = [];
  const contentTypes: string[] = [];
  let connections = 0;
  const receive: (...exchange: Parameters<RequestListener>) => Promise<void> = async (
    request,
    response,
  ) => {
    const contentType = request.headers['content-type'] ?? '';
    contentTypes.push(contentType);
    if (isSilent) return;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (contentType === 'application/json') {
      spans.push(...spansIn(JSON.parse(Buffer.concat(chunks).toString()) as TraceRequest));
    }
    response.writeHead(200, { 'content-type': contentType }).end();
  };
  const server = createServer((...exchange) => void receive(...exchange));
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    contentTypes,
    get connections() {
      return connections;
    },
  };
}

function spansIn({ resourceSpans }: TraceRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ attributes, parentSpanId, status, ...span }) => ({
        ...span,
        parentSpanId: parentSpanId || undefined,
        service: textsOf(resource.attributes)['service.name'] ?? '',
        attributes: textsOf(attributes),
        resource: textsOf(resource.attributes),
        hasFailed: status.code === 2,
      })),
    ),
  );
}

function textsOf(attributes: readonly Attribute[]): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? '']));
}
