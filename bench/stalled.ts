// Measures the kernel's memory for a stream whose client requests a long replay and reads nothing: node bench/stalled.ts
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Publisher } from './publisher.ts';
import { startServer, stopServers } from './server-process.ts';

const EVENTS = 900;
const EVENT_BYTES = 50_000;
const REPLAYS = 5;
/** Without a change for so long the kernel accepts no more. */
const STEADY_MS = 2_000;
const REQUEST = `GET /stream?limit=${EVENTS} HTTP/1.1\r\nHost: x\r\n\r\n`;

function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.write(REQUEST);
  return socket;
}

/** Returns the memory of the server's socket for what it has to send. @see https://man7.org/linux/man-pages/man8/ss.8.html */
function queuedBytes(port: number): number {
  const text = execFileSync('ss', ['-tmn', 'sport', '=', `:${port}`], { encoding: 'utf8' });
  const queued = [...text.matchAll(/skmem:\(.*?,w(\d+),/g)].map(([, bytes]) => Number(bytes));
  return Math.max(...queued);
}

async function untilSteady(port: number): Promise<number> {
  let bytes = -1;
  for (;;) {
    const now = queuedBytes(port);
    if (now === bytes) return bytes;
    bytes = now;
    await delay(STEADY_MS);
  }
}

async function measureReplay(port: number): Promise<number> {
  const startedAt = performance.now();
  const socket = open(port);
  let bytes = 0;
  for await (const part of socket as AsyncIterable<Buffer>) {
    bytes += part.byteLength;
    if (bytes > EVENTS * EVENT_BYTES) break;
  }
  return (performance.now() - startedAt) / 1_000;
}

const setting = (name: string) =>
  readFileSync(`/proc/sys/net/ipv4/${name}`, 'utf8').trim().replaceAll('\t', ' ');
const print = (text: string) => process.stdout.write(`${text}\n`);

try {
  const { port } = await startServer('hub');
  const publisher = await Publisher.connect(port);
  for (let number = 0; number < EVENTS; number += 1) {
    await publisher.publish(String(number).padEnd(EVENT_BYTES, 'x'));
  }
  publisher.close();
  const stalled = open(port).pause();
  await once(stalled, 'connect');
  const kib = (await untilSteady(port)) / 1024;
  stalled.resetAndDestroy();
  const seconds: number[] = [];
  for (let count = 0; count < REPLAYS; count += 1) seconds.push(await measureReplay(port));
  const mb = ((EVENTS * EVENT_BYTES) / 1e6).toFixed(0);
  print(
    `tcp_notsent_lowat ${setting('tcp_notsent_lowat')}, tcp_wmem ${setting('tcp_wmem')}: a client that reads nothing holds ${kib.toFixed(0)} KiB; one that reads has ${mb} MB after ${Math.min(...seconds).toFixed(2)} s`,
  );
} finally {
  await stopServers();
}
process.exit();
