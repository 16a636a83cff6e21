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
  readonly received: Received[] = [];
  text = '';
  isFull = false;
  pendingBytes = 0;
  writes = 0;
  ended: 'end' | 'destroy' | undefined;
  #resume: (() => void)[] = [];
  #closed: (() => void)[] = [];
  readonly #parser = createParser({
    onEvent: ({ id, event, data }) => this.received.push({ id, event, data }),
  });

  write({ frames }: FrameBatch): boolean {
    this.writes += 1;
    this.text += frames.toString();
    this.#parser.feed(frames.toString());
    return !this.isFull;
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
}
