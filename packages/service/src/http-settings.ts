import { Type } from 'typebox';
import { tracingSettings } from './tracing-settings.ts';
import { navigationSettings, type PageAddress, pageAddressOf } from './navigation.ts';

const TOKEN = {
  // a header can carry only these characters
  pattern: '^[!-~]{8,}$',
  mustBe: 'at least 8 ASCII characters without spaces',
};

/** The settings of every service that listens. */
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
    mustBe: 'trace, debug, info, warn, error, fatal or silent',
    description: 'How much is logged.',
  }),
  CORS_ORIGINS: Type.String({
    default: '',
    pattern: String.raw`^(https?://[^/\s,]+(\s*,\s*https?://[^/\s,]+)*)?$`,
    mustBe: 'origins with commas between them, each without a path',
    description: 'Origins such as https://example.org, separated by commas.',
  }),
  TRUST_PROXY: Type.Boolean({
    default: false,
    description: 'true behind exactly one proxy that sets X-Forwarded-For.',
  }),
  ALLOWED_HOSTS: Type.String({
    default: '',
    pattern: String.raw`^([\w.-]+(\s*,\s*[\w.-]+)*)?$`,
    mustBe: 'names with commas between them, each without a port',
    description:
      'Names of this service under which POST requests may come without ADMIN_TOKEN, separated by commas; addresses and localhost always may.',
  }),
  METRICS_TOKEN: Type.Optional(
    Type.String({
      ...TOKEN,
      description:
        'What GET /metrics has to bring: at least 8 characters, no spaces. Without one, only private addresses may read it.',
    }),
  ),
  ...navigationSettings,
  ...tracingSettings,
});

/** The settings of every service with protected POSTs. */
export const adminSettings = {
  ADMIN_TOKEN: Type.Optional(
    Type.String({
      ...TOKEN,
      description:
        'What POSTs have to bring: at least 8 characters, no spaces. Without one, only private addresses may send them.',
    }),
  ),
};

export interface HttpConfig {
  readonly port: number;
  readonly host: string;
  readonly logLevel: string;
  readonly corsOrigins: readonly string[];
  readonly trustProxy: boolean;
  /** The names, beside addresses and localhost, under which requests may come that need no token. Default: none. */
  readonly allowedHosts?: readonly string[];
  /** Required for `GET /metrics`. Default: a private address is enough. */
  readonly metricsToken?: string;
  /** Where the pages of other services are. Default: not known. */
  readonly pageAddress?: PageAddress;
  /** Processes that share the port and the limits. Default 1. */
  readonly workers?: number;
}

/** The configuration of a service's HTTP app. A set PORT implies a platform that routes to it, so the default HOST is then all addresses. */
export function httpConfigOf(
  settings: {
    PORT: number;
    HOST?: string;
    LOG_LEVEL: string;
    CORS_ORIGINS: string;
    TRUST_PROXY: boolean;
    ALLOWED_HOSTS: string;
    METRICS_TOKEN?: string;
    PAGE_LINKS?: string;
  },
  env: { readonly PORT?: string | undefined },
): HttpConfig {
  return {
    port: settings.PORT,
    host: settings.HOST ?? (env.PORT ? '0.0.0.0' : '127.0.0.1'),
    logLevel: settings.LOG_LEVEL,
    corsOrigins: listOf(settings.CORS_ORIGINS),
    trustProxy: settings.TRUST_PROXY,
    allowedHosts: listOf(settings.ALLOWED_HOSTS.toLowerCase()),
    ...(settings.METRICS_TOKEN && { metricsToken: settings.METRICS_TOKEN }),
    ...(settings.PAGE_LINKS && { pageAddress: pageAddressOf(settings.PAGE_LINKS) }),
  };
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}
