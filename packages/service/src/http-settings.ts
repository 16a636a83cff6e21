import { Type } from 'typebox';

/** What every service that listens has. */
export const httpSettings = (defaultPort: number) => ({
  PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: defaultPort,
    description: 'TCP port; 0 takes any free one.',
  }),
  HOST: Type.Optional(Type.String({ description: 'Address to listen on.' })),
  LOG_LEVEL: Type.String({
    default: 'info',
    pattern: '^(trace|debug|info|warn|error|fatal|silent)$',
    description: 'How much is logged.',
  }),
  CORS_ORIGINS: Type.String({
    default: '',
    pattern: String.raw`^(https?://[^/\s,]+(\s*,\s*https?://[^/\s,]+)*)?$`,
    description: 'Origins such as https://example.org, separated by commas.',
  }),
  TRUST_PROXY: Type.Boolean({
    default: false,
    description: 'true behind exactly one proxy that sets X-Forwarded-For.',
  }),
});

/** What every service has whose POSTs may be protected. */
export const adminSettings = {
  ADMIN_TOKEN: Type.Optional(
    Type.String({ minLength: 8, description: 'What POSTs have to bring.' }),
  ),
};

export interface HttpConfig {
  readonly port: number;
  readonly host: string;
  readonly logLevel: string;
  readonly corsOrigins: readonly string[];
  readonly trustProxy: boolean;
}

/** The part of a service's configuration that its HTTP app needs. A given PORT means a platform that routes to it, so it listens on all addresses then. */
export function httpConfigOf(
  settings: {
    PORT: number;
    HOST?: string;
    LOG_LEVEL: string;
    CORS_ORIGINS: string;
    TRUST_PROXY: boolean;
  },
  env: { readonly PORT?: string | undefined },
): HttpConfig {
  return {
    port: settings.PORT,
    host: settings.HOST ?? (env.PORT ? '0.0.0.0' : '127.0.0.1'),
    logLevel: settings.LOG_LEVEL,
    corsOrigins: settings.CORS_ORIGINS.split(',')
      .map((origin) => origin.trim())
      .filter(Boolean),
    trustProxy: settings.TRUST_PROXY,
  };
}
