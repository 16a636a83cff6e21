import type { Connection } from './connection.ts';
import type { Cursor } from './cursor.ts';
import type { Piece } from './piece.ts';
import type { Gap, Place } from './place.ts';
import type { View } from './view.ts';

/** One browser: an index into the shared history, and no queue of its own. */
export class Subscriber {
  readonly connection: Connection;
  readonly view: View;
  /** Index of the next entry to read. */
  next: number;
  /** Set while its cursor is ahead of this process. */
  awaits: Cursor | undefined;
  /** Set when what came before `next` was lost and has to be told. */
  gap: Gap | undefined;
  #blockedSince = 0;

  constructor({ connection, view }: { connection: Connection; view: View }, place: Place) {
    this.connection = connection;
    this.view = view;
    this.next = place.next;
    this.awaits = place.awaits;
    this.gap = place.gap;
  }

  /** Whether its socket takes no more for now. */
  get isBlocked(): boolean {
    return this.#blockedSince !== 0;
  }

  /** How long its socket has taken nothing, in ms. */
  blockedMs(now: number): number {
    return this.isBlocked ? now - this.#blockedSince : 0;
  }

  moveTo({ next, gap, awaits }: Place): void {
    this.next = next;
    this.gap = gap;
    this.awaits = awaits;
  }

  write(piece: Piece): void {
    if (!this.connection.write(piece) && !this.isBlocked) this.#blockedSince = Date.now();
  }

  unblock(): void {
    this.#blockedSince = 0;
  }
}
