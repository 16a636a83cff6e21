import { Type } from 'typebox';
import { expect, it } from 'vitest';
import { loadBusConfig, loadOptionalBusConfig } from '../src/bus-settings.ts';
import { httpConfigOf, httpSettings } from '../src/http-settings.ts';
import { combine, type Environment, readSettings } from '../src/settings.ts';

const Http = Type.Object(httpSettings(8081));
const loadHttp = (env: Environment) => httpConfigOf(readSettings(Http, env), env);

it('has defaults for what is not set, or empty', () => {
  expect(loadHttp({ LOG_LEVEL: '' })).toEqual({
    port: 8081,
    host: '127.0.0.1',
    logLevel: 'info',
    corsOrigins: [],
    trustProxy: false,
  });
});

it('listens on all addresses when a platform gives the port', () => {
  expect(loadHttp({ PORT: '5000' })).toMatchObject({ port: 5000, host: '0.0.0.0' });
  expect(loadHttp({ PORT: '5000', HOST: '127.0.0.1' }).host).toBe('127.0.0.1');
});

it('takes a list of origins', () => {
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

it.for(['70000', '-1', '80.5', 'NaN', '0x'])('takes %j for no port', (PORT) => {
  expect(() => loadHttp({ PORT })).toThrow(`PORT is "${PORT}"`);
});

it('says what to set when no broker is named', () => {
  expect(() => loadBusConfig({})).toThrow('AMQP_URL is not set');
  expect(loadOptionalBusConfig({}).amqpUrl).toBeUndefined();
});

it("takes a hosting platform's name for the broker, and its own first", () => {
  const CLOUDAMQP_URL = 'amqps://u:p@host/u';
  expect(loadBusConfig({ CLOUDAMQP_URL }).amqpUrl).toBe(CLOUDAMQP_URL);
  expect(loadBusConfig({ CLOUDAMQP_URL, AMQP_URL: 'amqp://own' }).amqpUrl).toBe('amqp://own');
});

it('shows no secret in an error', () => {
  expect(() => loadBusConfig({ AMQP_URL: 'http://me:secret@host' })).toThrow(
    '"http://me:***@host"',
  );
  const schema = Type.Object({ ADMIN_TOKEN: Type.String({ minLength: 8 }) });
  expect(() => readSettings(schema, { ADMIN_TOKEN: 'secret' })).toThrow('ADMIN_TOKEN is "***"');
});
