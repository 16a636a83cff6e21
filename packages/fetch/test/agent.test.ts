import { createServer, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { type Agent, request } from 'undici';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAgent, isPublic } from '../src/agent.ts';

let server: Server;
let port: number;
let requests: number;
const agents: Agent[] = [];

beforeEach(async () => {
  requests = 0;
  server = createServer((_, response) => {
    requests += 1;
    response.end('secret');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.destroy()));
  server.close();
});

/** A resolver for which every name is at 127.0.0.1. */
const toLoopback = ((_hostname, _options, callback) => {
  callback(null, [{ address: '127.0.0.1', family: 4 }]);
}) as LookupFunction;

function ask(url: string, settings: Partial<Parameters<typeof createAgent>[0]> = {}) {
  const agent = createAgent({ maxWireBytes: 1_000, privateHosts: new Set(), ...settings });
  agents.push(agent);
  return request(url, { dispatcher: agent });
}

it.for(['127.0.0.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', 'localhost'])(
  'refuses to connect to this machine by the name %s',
  async (host) => {
    await expect(ask(`http://${host}:${port}/`)).rejects.toThrow('which is no public address');
    expect(requests).toBe(0);
  },
);

it('refuses a public name that resolves to this machine', async () => {
  const refused = ask(`http://rebound.example:${port}/`, { lookup: toLoopback });
  await expect(refused).rejects.toThrow(
    'rebound.example is at 127.0.0.1, which is no public address: set "allowPrivate": true',
  );
  expect(requests).toBe(0);
});

it('connects to a private host of the operator, and only to its port', async () => {
  const privateHosts = new Set([`127.0.0.1:${port}`]);
  const { body } = await ask(`http://127.0.0.1:${port}/`, { privateHosts });
  expect(await body.text()).toBe('secret');
  const elsewhere = ask(`http://127.0.0.1:${port + 1}/`, { privateHosts });
  await expect(elsewhere).rejects.toThrow('no public address');
});

it('connects to a private host by name, whatever its address', async () => {
  const host = `sample-site.example:${port}`;
  const { body } = await ask(`http://${host}/`, {
    privateHosts: new Set([host]),
    lookup: toLoopback,
  });
  expect(await body.text()).toBe('secret');
});

it.for([
  ['93.184.216.34', true],
  ['2606:2800:220:1::', true],
  ['10.0.0.1', false],
  ['100.64.0.1', false],
  ['169.254.169.254', false],
  ['172.16.0.1', false],
  ['192.168.0.1', false],
  ['0.0.0.0', false],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['::1', false],
  ['fe80::1', false],
  ['fd00::1', false],
  ['::ffff:10.0.0.1', false],
  ['64:ff9b::7f00:1', false],
  ['2002:7f00:1::', false],
  ['no address', false],
] as const)('judges %s', ([address, expected]) => {
  expect(isPublic(address)).toBe(expected);
});
