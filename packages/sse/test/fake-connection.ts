import { constants, inflateRawSync } from 'node:zlib';
import { createParser } from 'eventsource-parser';
import type { Connection } from '../src/connection.ts';
import type { FrameBatch } from '../src/frame.ts';

interface Received {
  id: string | undefined;
  event: string | undefined;
  data: string;
}

/** A connection whose socket a test can fill. */
export class FakeConnection implements Connection {
  readonly isCompressed: boolean;
  readonly received: Received[] = [];
  text = '';
  isFull = false;
  pendingBytes = 0;
  writes = 0;
  ended: 'end' | 'destroy' | undefined;
  #resume: (() => void)[] = [];
  #closed: (() => void)[] = [];
  #undecoded: Buffer[] = [];
  readonly #parser = createParser({
    onEvent: ({ id, event, data }) => this.received.push({ id, event, data }),
  });

  constructor({ isCompressed = false } = {}) {
    this.isCompressed = isCompressed;
  }

  write({ frames }: FrameBatch): boolean {
    this.writes += 1;
    if (this.isCompressed) this.#undecoded.push(frames);
    else this.#receive(frames.toString());
    return !this.isFull;
  }
  /** Decodes a compressed stream, once and as a whole: `received` and `text` are empty before. */
  decode(): void {
    if (!this.isCompressed) return;
    const finishFlush = constants.Z_SYNC_FLUSH;
    this.#receive(inflateRawSync(Buffer.concat(this.#undecoded), { finishFlush }).toString());
    this.#undecoded = [];
  }
  onDrain(resume: () => void): void {
    this.#resume.push(resume);
  }
  onClose(closed: () => void): void {
    this.#closed.push(closed);
  }
  end(): void {
    this.ended = 'end';
    this.close();
  }
  destroy(): void {
    this.ended = 'destroy';
    this.close();
  }
  close(): void {
    for (const closed of this.#closed) closed();
  }
  drain(): void {
    this.isFull = false;
    for (const resume of this.#resume) resume();
  }
  #receive(text: string): void {
    this.text += text;
    this.#parser.feed(text);
  }
}
