import { setTimeout as delay } from 'node:timers/promises';
import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import type { TracingConfig } from './tracing-settings.ts';

/** A closing process waits at most this long for the receiver. */
const CLOSE_DEADLINE_MS = 2_000;

type Attributes = Readonly<Record<string, string | number>>;

/** Sends spans to a receiver of OTLP. */
export interface OpenTelemetry {
  begin(
    name: string,
    options: {
      kind: 'producer' | 'consumer' | 'internal';
      traceparent?: string | undefined;
      attributes?: Attributes;
    },
  ): {
    readonly traceparent: string;
    end(outcome?: { attributes?: Attributes; error?: unknown }): void;
  };
  /** Sends the last spans, within 2 s. Never rejects. */
  close(): Promise<void>;
}

/**
 * Starts sending spans in batches. At most 2,048 wait; further ones are dropped, so that a receiver
 * that doesn't answer costs bounded memory and delays nothing.
 */
export async function startOpenTelemetry(
  config: TracingConfig,
  { name, logger }: { name: string; logger: Logger },
): Promise<OpenTelemetry> {
  const exporter = reportOutages(await createExporter(config), logger);
  // the variables win
  const resource = resourceFromAttributes({ 'service.name': `quotewire-${name}` }).merge(
    detectResources({ detectors: [envDetector] }),
  );
  const sampler = samplerOf(config);
  const provider = new TracerProvider({
    resource,
    sampler,
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer('quotewire');
  return {
    begin(spanName, { kind, traceparent, attributes = {} }) {
      const options = { kind: KINDS[kind], attributes };
      const span = tracer.startSpan(spanName, options, contextOf(traceparent));
      const { traceId, spanId, traceFlags } = span.spanContext();
      return {
        traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
        end(outcome = {}) {
          span.setAttributes(outcome.attributes ?? {});
          if (outcome.error !== undefined) {
            const { type, message } = describe(outcome.error);
            span.setAttribute('error.type', type);
            span.setStatus({ code: SpanStatusCode.ERROR, message });
          }
          span.end();
        },
      };
    },
    async close() {
      await Promise.race([
        provider.shutdown().catch(() => {}),
        delay(CLOSE_DEADLINE_MS, undefined, { ref: false }),
      ]);
    },
  };
}

const KINDS = {
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

/** The exporters read OpenTelemetry's variables themselves. */
async function createExporter(config: TracingConfig): Promise<SpanExporter> {
  const { OTLPTraceExporter } =
    config.OTEL_EXPORTER_OTLP_PROTOCOL === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter();
}

/** Logs when the receiver stops accepting spans, and when it accepts them again. */
function reportOutages(exporter: SpanExporter, logger: Logger): SpanExporter {
  let isFailing = false;
  return {
    export(spans, onResult) {
      exporter.export(spans, (result) => {
        // n.b. the code of success is 0
        const hasFailed = Boolean(result.code);
        if (hasFailed && !isFailing) {
          logger.warn(
            { err: result.error },
            'traces are lost: their receiver does not accept them',
          );
        } else if (!hasFailed && isFailing) {
          logger.info('the receiver accepts traces again');
        }
        isFailing = hasFailed;
        onResult(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}

function samplerOf(config: TracingConfig): Sampler {
  const [, parentBased, rootName = ''] =
    /^(parentbased_)?(.*)$/.exec(config.OTEL_TRACES_SAMPLER) ?? [];
  const root =
    rootName === 'always_off'
      ? new AlwaysOffSampler()
      : rootName === 'traceidratio'
        ? new TraceIdRatioBasedSampler(config.OTEL_TRACES_SAMPLER_ARG)
        : new AlwaysOnSampler();
  return parentBased === undefined ? root : new ParentBasedSampler({ root });
}

/** A malformed `traceparent` begins a new trace. */
function contextOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags, 16);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

function describe(error: unknown): { type: string; message: string } {
  if (!(error instanceof Error)) return { type: '_OTHER', message: String(error) };
  const { code } = error as NodeJS.ErrnoException;
  return { type: typeof code === 'string' ? code : error.name, message: error.message };
}
