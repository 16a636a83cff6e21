import { type Static, Type } from 'typebox';
import { problemOfAmqpUrl, splitAmqpUrls } from './amqp-urls.ts';
import { type Environment, readSettings } from './settings.ts';

const AmqpUrl = Type.Optional(
  Type.String({
    pattern: '^amqps?://.+',
    mustBe: 'an address that begins with amqp:// or amqps://',
    description:
      'Address of RabbitMQ, for example amqp://guest:guest@127.0.0.1:5672, or the addresses of all nodes of a cluster with commas between them.',
  }),
);

/** The settings of every process that uses the bus. */
export const busSettings = {
  AMQP_URL: AmqpUrl,
  CLOUDAMQP_URL: AmqpUrl,
  LOG_MAX_BYTES: Type.Integer({
    minimum: 1_000_000,
    default: 256 * 1024 * 1024,
    description: 'Bytes of the main log that the broker keeps.',
  }),
};
const Settings = Type.Object(busSettings);

const NO_BROKER =
  'AMQP_URL is not set. Set it to the address of RabbitMQ, for example amqp://guest:guest@127.0.0.1:5672 ' +
  '(CLOUDAMQP_URL is read too), or run everything in one process without a broker: npm start';

export interface BusConfig {
  /** The URLs of the nodes of one broker: at least one. */
  readonly amqpUrls: readonly string[];
  /** The retention of the main log, in bytes. */
  readonly logMaxBytes: number;
}

/** Loads the settings of the bus, with or without a broker. Throws `ConfigError`. */
export function loadOptionalBusConfig(
  env: Environment,
): Omit<BusConfig, 'amqpUrls'> & { amqpUrls: readonly string[] | undefined } {
  return busConfigOf(readSettings(Settings, env, problemsOfAddresses));
}

/** Loads the settings of the bus. Throws `ConfigError`, also without the URL of a broker. */
export function loadBusConfig(env: Environment): BusConfig {
  const { amqpUrls = [], ...rest } = busConfigOf(
    readSettings(Settings, env, (given) =>
      (given.AMQP_URL ?? given.CLOUDAMQP_URL) === undefined
        ? [NO_BROKER]
        : problemsOfAddresses(given),
    ),
  );
  return { amqpUrls, ...rest };
}

type Addresses = Pick<Static<typeof Settings>, 'AMQP_URL' | 'CLOUDAMQP_URL'>;

/** Repeats no URL, since it may hold a password. */
function problemsOfAddresses(given: Addresses): string[] {
  return (['AMQP_URL', 'CLOUDAMQP_URL'] as const).flatMap((name) =>
    splitAmqpUrls(given[name] ?? '').flatMap((url) => {
      const problem = problemOfAmqpUrl(url);
      return problem === undefined ? [] : [`${name} ${problem}`];
    }),
  );
}

function busConfigOf(settings: Static<typeof Settings>) {
  const addresses = settings.AMQP_URL ?? settings.CLOUDAMQP_URL;
  return {
    amqpUrls: addresses === undefined ? undefined : splitAmqpUrls(addresses),
    logMaxBytes: settings.LOG_MAX_BYTES,
  };
}
