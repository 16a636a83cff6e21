import type { Cursor } from './cursor.ts';

/** The way to one browser. */
export interface Connection {
  /** Returns false when no more should be written until `onDrain`. */
  write(bytes: Buffer): boolean;
  onDrain(resume: () => void): void;
  onClose(closed: () => void): void;
  /** Ends the stream after what was written. */
  end(): void;
  /** Cuts the connection. */
  destroy(): void;
}

/** One browser: an index into the shared history, and no queue of its own. */
export class Subscriber {
  readonly connection: Connection;
  /** Index of the next entry to read. */
  next = 0;
  /** Set while its cursor is ahead of this process, which may just be a moment behind another. */
  awaits: Cursor | undefined;
  /** Set when what came before `next` was lost and has to be told. */
  gap: { from: string | null; reason: string } | undefined;
  #blockedSince: number | undefined;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.onDrain(() => {
      this.#blockedSince = undefined;
    });
  }

  get isBlocked(): boolean {
    return this.#blockedSince !== undefined;
  }

  /** How long its socket has taken nothing, in ms. */
  blockedMs(now: number): number {
    return this.#blockedSince === undefined ? 0 : now - this.#blockedSince;
  }

  write(bytes: Buffer): void {
    if (!this.connection.write(bytes)) this.#blockedSince ??= Date.now();
  }
}
