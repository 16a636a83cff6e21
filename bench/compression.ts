// Compares gzip streams with uncompressed ones, over real sayings: node bench/compression.ts [<streams>]
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { constants, gunzipSync } from 'node:zlib';
import { quoteId } from '@quotewire/events';
import { eventually } from '@quotewire/testing';
import { readSayings } from './sayings.ts';
import { bodyOf } from './decode.ts';
import { type Spread, spreadOf } from './figures.ts';
import { Publisher } from './publisher.ts';
import { type ServerProcess, startServer, stopServers } from './server-process.ts';

const ROUNDS = 5;
const EVENTS = 60;
const CONNECTING = 100;
/** How the events of a sample come: one every 50 ms, or a page of ten every half second. */
const PATTERNS = { singly: { size: 1, everyMs: 50 }, 'by pages of 10': { size: 10, everyMs: 500 } };
const IDLE_MS = 5_000;
/** Shares no divisor with the number of sayings: neighbours differ. */
const STRIDE = 157;

const sayings = readSayings();

/** The data of a quote as quote-stream sends it. */
function quoteData(number: number): string {
  const saying = sayings[(number * STRIDE) % sayings.length] ?? { text: '', author: '', tags: [] };
  const text = `“${saying.text}”`;
  const scrapedAt = new Date(Date.UTC(2026, 0, 1) + number * 2_000).toISOString();
  const url = 'http://127.0.0.1:8080/sample-site/page/1/';
  const id = quoteId({ text, author: saying.author });
  const quote = { id, ...saying, text, source: 'sample-site', url, scrapedAt };
  return JSON.stringify(quote);
}

/** A server with streams that count their bytes; the first collects them. */
class Audience {
  readonly server: ServerProcess;
  bytes = 0;
  readonly #sockets: Socket[] = [];
  readonly #collected: Buffer[] = [];
  readonly #isCompressed: boolean;

  constructor(server: ServerProcess, { isCompressed }: { isCompressed: boolean }) {
    this.server = server;
    this.#isCompressed = isCompressed;
  }

  async join(size: number): Promise<void> {
    const encoding = this.#isCompressed ? 'Accept-Encoding: gzip\r\n' : '';
    const request = `GET /stream HTTP/1.1\r\nHost: x\r\n${encoding}\r\n`;
    const numbers = Array.from({ length: size }).values();
    const connectInTurn = async () => {
      for (const _ of numbers) await this.#connectOne(request);
    };
    await Promise.all(Array.from({ length: CONNECTING }, connectInTurn));
  }

  /** The frames that the first stream has received. */
  text(): string {
    const body = bodyOf(Buffer.concat(this.#collected));
    const finishFlush = constants.Z_SYNC_FLUSH;
    return (this.#isCompressed ? gunzipSync(body, { finishFlush }) : body).toString();
  }

  close(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async #connectOne(request: string): Promise<void> {
    const socket = connect(this.server.port, '127.0.0.1');
    const isFirst = this.#sockets.length === 0;
    this.#sockets.push(socket);
    socket.on('data', (part) => {
      this.bytes += part.byteLength;
      if (isFirst) this.#collected.push(part);
    });
    socket.write(request);
    await once(socket, 'data');
  }
}

interface Figures {
  readonly cpuSeconds: number;
  readonly bytes: number;
}

async function sample(
  audience: Audience,
  { first, size, everyMs }: { first: number; size: number; everyMs: number },
): Promise<Figures> {
  const publisher = await Publisher.connect(audience.server.port);
  const [cpuBefore, bytesBefore] = [audience.server.cpuSeconds(), audience.bytes];
  for (let number = 0; number < EVENTS; number += 1) {
    await publisher.publish(quoteData(first + number));
    if ((number + 1) % size === 0) await delay(everyMs);
  }
  const last = quoteData(first + EVENTS - 1);
  await eventually(() => audience.text().includes(last), { what: 'the last quote arrives' });
  await delay(everyMs);
  publisher.close();
  return {
    cpuSeconds: audience.server.cpuSeconds() - cpuBefore,
    bytes: audience.bytes - bytesBefore,
  };
}

/** The frames of an audience, without those whose time or content is random. */
function withoutRandom(audience: Audience): string {
  return audience
    .text()
    .replaceAll(/retry: \d+\n|id: [^\n]+\n(?:event: heartbeat\ndata: \{\}\n)?\n/g, '');
}

const show = ({ median, q1, q3 }: Spread) =>
  `${median.toFixed(2)} (${q1.toFixed(2)} – ${q3.toFixed(2)})`;

const streams = Number(process.argv[2] ?? 5_000);
const print = (text: string) => process.stdout.write(`${text}\n`);
try {
  const audiences = [];
  for (const isCompressed of [false, true]) {
    const server = await startServer('hub');
    const rssBefore = server.rssBytes();
    const audience = new Audience(server, { isCompressed });
    await audience.join(streams);
    await delay(IDLE_MS);
    const kib = (server.rssBytes() - rssBefore) / streams / 1024;
    print(
      `${isCompressed ? 'gzip' : 'raw'}: ${kib.toFixed(1)} KiB for each of ${streams} idle streams`,
    );
    audiences.push(audience);
  }
  const [raw, gzip] = audiences as [Audience, Audience];
  let first = 0;
  print('| quotes come | raw is larger by | CPU of gzip to raw |\n| --- | --- | --- |');
  for (const [name, pattern] of Object.entries(PATTERNS)) {
    const sizes: number[] = [];
    const costs: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const order = round % 2 === 0 ? [raw, gzip] : [gzip, raw];
      const figures = new Map<Audience, Figures>();
      for (const audience of order)
        figures.set(audience, await sample(audience, { first, ...pattern }));
      first += EVENTS;
      const [plain, packed] = [figures.get(raw), figures.get(gzip)];
      if (plain === undefined || packed === undefined) continue;
      sizes.push(plain.bytes / packed.bytes);
      costs.push(packed.cpuSeconds / plain.cpuSeconds);
    }
    print(`| ${name} | ${show(spreadOf(sizes))} | ${show(spreadOf(costs))} |`);
  }
  if (withoutRandom(raw) !== withoutRandom(gzip)) throw new Error('the streams differ');
  for (const audience of audiences) audience.close();
} finally {
  await stopServers();
}
process.exit();
