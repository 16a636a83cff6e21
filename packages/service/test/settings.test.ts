import { Type } from 'typebox';
import { expect, it } from 'vitest';
import { loadBusConfig, loadOptionalBusConfig } from '../src/bus-settings.ts';
import { httpConfigOf, httpSettings } from '../src/http-settings.ts';
import { combine, type Environment, readSettings } from '../src/settings.ts';

const Http = Type.Object(httpSettings(8081));
const loadHttp = (env: Environment) => httpConfigOf(readSettings(Http, env), env);

it('has defaults for absent and empty variables', () => {
  expect(loadHttp({ LOG_LEVEL: '' })).toEqual({
    port: 8081,
    host: '127.0.0.1',
    logLevel: 'info',
    corsOrigins: [],
    trustProxy: false,
    allowedHosts: [],
  });
});

it('listens on all addresses when PORT is set', () => {
  expect(loadHttp({ PORT: '5000' })).toMatchObject({ port: 5000, host: '0.0.0.0' });
  expect(loadHttp({ PORT: '5000', HOST: '127.0.0.1' }).host).toBe('127.0.0.1');
});

it('reads a list of origins', () => {
  const { corsOrigins } = loadHttp({ CORS_ORIGINS: 'https://a.example, http://b.example:8080' });
  expect(corsOrigins).toEqual(['https://a.example', 'http://b.example:8080']);
});

it('lists every bad variable in one error', () => {
  const load = combine(loadHttp, loadBusConfig);
  const env = {
    PORT: 'eighty',
    LOG_LEVEL: 'loud',
    CORS_ORIGINS: 'a.example',
    AMQP_URL: 'http://x',
  };
  expect(() => load(env)).toThrow(
    /^PORT is "eighty", .*\nLOG_LEVEL is "loud", .*\nCORS_ORIGINS is "a.example", .*\nAMQP_URL is "http:\/\/x", .*$/,
  );
});

it.for([
  [{ LOG_LEVEL: 'loud' }, 'must be trace, debug, info, warn, error, fatal or silent. '],
  [{ PORT: 'eighty' }, 'must be a whole number. '],
  [{ PORT: '70000' }, 'must be at most 65535. '],
  [{ PORT: '-1' }, 'must be at least 0. '],
  [{ TRUST_PROXY: 'yes' }, 'must be true or false. '],
  [{ CORS_ORIGINS: 'a.example' }, 'must be origins with commas between them'],
] as const)('says in words what a variable must be: %j', ([env, words]) => {
  expect(() => loadHttp(env)).toThrow(words);
});

it.for(['70000', '-1', '80.5', 'NaN', '0x'])('refuses %j as a port', (PORT) => {
  expect(() => loadHttp({ PORT })).toThrow(`PORT is "${PORT}"`);
});

it('names the setting when no broker is set', () => {
  expect(() => loadBusConfig({})).toThrow('AMQP_URL is not set');
  expect(loadOptionalBusConfig({}).amqpUrls).toBeUndefined();
});

it("reads a hosting platform's variable for the broker, but its own first", () => {
  const CLOUDAMQP_URL = 'amqps://u:p@host/u';
  expect(loadBusConfig({ CLOUDAMQP_URL }).amqpUrls).toEqual([CLOUDAMQP_URL]);
  expect(loadBusConfig({ CLOUDAMQP_URL, AMQP_URL: 'amqp://own' }).amqpUrls).toEqual(['amqp://own']);
});

it('reads the URLs of all nodes of a cluster', () => {
  const AMQP_URL = 'amqp://u:p,q@one/v, amqps://u:p@two:5673/v,amqp://three';
  expect(loadBusConfig({ AMQP_URL }).amqpUrls).toEqual([
    'amqp://u:p,q@one/v',
    'amqps://u:p@two:5673/v',
    'amqp://three',
  ]);
});

it.for([
  'amqp://me:SECRET/1@host',
  'amqp://me:12/SECRET@host',
  'amqp://me:1#SECRET@host',
  'amqp://me:SECRET?@host',
  'amqp:/me:SECRET@host',
  'amqp://me:SECRET@host:99999',
  'amqp://me:SECRET@ho st',
  'amqp://me:SECRET@host/a/b',
  'amqp://me:SECRET%@host',
  'amqp://host,amqp://me:SECRET/1@host',
])('refuses %s, names the variable and keeps the password to itself', (AMQP_URL) => {
  const messageOf = (load: () => unknown) => {
    try {
      load();
    } catch (error) {
      return (error as Error).message;
    }
    return 'not refused';
  };
  for (const load of [loadBusConfig, loadOptionalBusConfig]) {
    const message = messageOf(() => load({ AMQP_URL }));
    expect(message).toMatch(/^AMQP_URL /);
    expect(message).not.toContain('SECRET');
  }
});

it.for(['secret', 'se:cret', 'se@cret', 's:e@c:ret'])('shows no secret in an error: %s', (word) => {
  expect(() => loadBusConfig({ AMQP_URL: `http://me:${word}@host` })).toThrow(
    'AMQP_URL is "http://me:***@host"',
  );
  const schema = Type.Object({ ADMIN_TOKEN: Type.String({ minLength: 8 }) });
  expect(() => readSettings(schema, { ADMIN_TOKEN: 'secret' })).toThrow('ADMIN_TOKEN is "***"');
});
