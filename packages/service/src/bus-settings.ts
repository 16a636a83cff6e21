import { Type } from 'typebox';
import { type Environment, readSettings } from './settings.ts';

const AmqpUrl = Type.Optional(
  Type.String({
    pattern: '^amqps?://.+',
    description: 'For example amqp://guest:guest@127.0.0.1:5672',
  }),
);

const Settings = Type.Object({
  AMQP_URL: AmqpUrl,
  CLOUDAMQP_URL: AmqpUrl,
  LOG_MAX_BYTES: Type.Integer({
    minimum: 1_000_000,
    default: 256 * 1024 * 1024,
    description: 'Bytes of quotes.log that the broker keeps.',
  }),
});

const NO_BROKER =
  'AMQP_URL is not set. Set it to the address of RabbitMQ, for example amqp://guest:guest@127.0.0.1:5672 ' +
  '(CLOUDAMQP_URL is read too), or run everything in one process without a broker: npm start';

export interface BusConfig {
  readonly amqpUrl: string;
  /** How much of the log of quotes the broker keeps. */
  readonly logMaxBytes: number;
}

/** Where the broker is, if one is named. Throws `ConfigError`. */
export function loadOptionalBusConfig(
  env: Environment,
): Omit<BusConfig, 'amqpUrl'> & { amqpUrl: string | undefined } {
  return busConfigOf(readSettings(Settings, env));
}

/** Where the broker is. Throws `ConfigError`, also when none is named. */
export function loadBusConfig(env: Environment): BusConfig {
  const settings = readSettings(Settings, env, (given) =>
    (given.AMQP_URL ?? given.CLOUDAMQP_URL) === undefined ? [NO_BROKER] : [],
  );
  return { ...busConfigOf(settings), amqpUrl: settings.AMQP_URL ?? settings.CLOUDAMQP_URL ?? '' };
}

function busConfigOf(settings: {
  AMQP_URL?: string;
  CLOUDAMQP_URL?: string;
  LOG_MAX_BYTES: number;
}) {
  return {
    amqpUrl: settings.AMQP_URL ?? settings.CLOUDAMQP_URL,
    logMaxBytes: settings.LOG_MAX_BYTES,
  };
}
