import { type Static, Type } from 'typebox';
import { type Environment, readSettings } from './settings.ts';

const Endpoint = Type.Optional(
  Type.String({
    pattern: '^https?://.+',
    mustBe: 'an address that begins with http:// or https://',
    description: 'Address of a receiver of OTLP over HTTP. Without one, no traces are sent.',
  }),
);
const SAMPLERS = ['always_on', 'always_off', 'traceidratio'].flatMap((name) => [
  name,
  `parentbased_${name}`,
]);

/**
 * OpenTelemetry's own variables. The exporter reads further ones, for example for headers.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export const tracingSettings = {
  OTEL_SDK_DISABLED: Type.Boolean({
    default: false,
    description: 'true: no traces are sent, whatever else is set.',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: Endpoint,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: Endpoint,
  OTEL_EXPORTER_OTLP_PROTOCOL: Type.String({
    default: 'http/protobuf',
    pattern: '^http/(protobuf|json)$',
    mustBe: 'http/protobuf or http/json',
    description: 'How traces are encoded.',
  }),
  OTEL_SERVICE_NAME: Type.Optional(
    Type.String({ description: 'Name of this process in traces. Default: that of the service.' }),
  ),
  OTEL_RESOURCE_ATTRIBUTES: Type.Optional(
    Type.String({
      pattern: String.raw`^\s*[^\s=,]+\s*=[^=,]*(,\s*[^\s=,]+\s*=[^=,]*)*$`,
      mustBe: 'pairs such as deployment.environment.name=staging, with commas between them',
      description: 'What all traces of this process say of it.',
    }),
  ),
  OTEL_TRACES_SAMPLER: Type.String({
    default: 'parentbased_always_on',
    pattern: `^(${SAMPLERS.join('|')})$`,
    mustBe: `one of ${SAMPLERS.join(', ')}`,
    description: 'Which traces are sent.',
  }),
  OTEL_TRACES_SAMPLER_ARG: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 1,
    description: 'The part of the traces that the samplers by ratio send.',
  }),
};
const Settings = Type.Object(tracingSettings);

/** The settings of a process that sends traces. */
export type TracingConfig = Static<typeof Settings>;

/** Loads the settings; undefined if no traces are to be sent. Throws `ConfigError`. */
export function loadTracingConfig(env: Environment): TracingConfig | undefined {
  const config = readSettings(Settings, env);
  const endpoint = config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? config.OTEL_EXPORTER_OTLP_ENDPOINT;
  return config.OTEL_SDK_DISABLED || endpoint === undefined ? undefined : config;
}
