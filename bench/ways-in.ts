// Measures the memory of an idle stream by the way in which its request comes: node bench/ways-in.ts [<streams> [<ways>]]
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { startServer, stopServers } from './server-process.ts';

const IDLE_MS = 30_000;
const CONNECTING = 100;

const BROWSER =
  'Host: quotes.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0\r\nAccept: text/event-stream\r\nCache-Control: no-cache\r\nAccept-Language: en-US,en;q=0.9\r\nReferer: https://quotes.example/\r\nSec-Fetch-Dest: empty\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Site: same-origin\r\n';
const PROXY =
  'Via: 2.0 Caddy\r\nX-Forwarded-For: 203.0.113.107\r\nX-Forwarded-Host: quotes.example\r\nX-Forwarded-Proto: https\r\nX-Request-Id: 3f1b2c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d\r\n';
const get = (target: string, headers = '') => `GET ${target} HTTP/1.1\r\n${BROWSER}${headers}\r\n`;

/** The requests on each connection, each sent after the response to the one before; the last is for the stream. */
const ways: Readonly<Record<string, readonly string[]>> = {
  'first request': [get('/stream')],
  'later request': [get('/missing'), get('/missing'), get('/stream')],
  'first request through a proxy': [get('/stream', PROXY)],
  'later request through a proxy': [get('/missing', PROXY), get('/stream', PROXY)],
  'a header of unknown meaning': [get('/stream', 'X-Of-A-New-Proxy: 1\r\n')],
  filtered: [get('/stream?tag=a')],
  'another origin': [get('/stream', 'Origin: https://other.example\r\n')],
  'HTTP/1.0 as of nginx': [get('/stream', PROXY).replace('HTTP/1.1', 'HTTP/1.0')],
};

async function open(port: number, requests: readonly string[]): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  for (const request of requests) {
    socket.write(request);
    await once(socket, 'data');
  }
  return socket.resume();
}

/** Returns the resident memory of each stream after half a minute of silence, in KiB. */
async function measure(requests: readonly string[], streams: number): Promise<number> {
  const server = await startServer('hub');
  for (const socket of [await open(server.port, requests)]) socket.resetAndDestroy();
  const before = server.rssBytes();
  const sockets: Socket[] = [];
  const numbers = Array.from({ length: streams }).values();
  const openInTurn = async () => {
    for (const _ of numbers) sockets.push(await open(server.port, requests));
  };
  await Promise.all(Array.from({ length: CONNECTING }, openInTurn));
  await delay(IDLE_MS);
  const bytes = server.rssBytes() - before;
  for (const socket of sockets) socket.resetAndDestroy();
  await server.stop();
  return bytes / streams / 1024;
}

const streams = Number(process.argv[2] ?? 10_000);
const only = process.argv[3]?.split(',');
try {
  process.stdout.write(`| ${streams} streams | KiB each, idle |\n| --- | --- |\n`);
  for (const [way, requests] of Object.entries(ways)) {
    if (only?.includes(way) === false) continue;
    const kib = await measure(requests, streams);
    process.stdout.write(`| ${way} | ${kib.toFixed(1)} |\n`);
  }
} finally {
  await stopServers();
}
process.exit();
