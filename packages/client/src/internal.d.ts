import type { StreamEvent, StreamStatus } from './client.d.ts';

/** An event and the cursor before it: the stream has no other event between the two. */
export interface Entry extends StreamEvent {
  readonly prev: string;
}

export interface Timers {
  wait(timer: 'retry' | 'settle' | 'silence' | 'answer' | 'meet', ms: number): void;
  clear(timer: 'retry' | 'settle' | 'silence' | 'answer' | 'meet'): void;
  now(): number;
  /** At least 0, below 1. */
  random(): number;
}

export interface SupervisorEffects extends Timers {
  load(): void;
  open(cursor: string): void;
  close(): void;
  /** Closes, and releases the lead and the turn, which other tabs may wait for. */
  leave(): void;
  tell(status: StreamStatus): void;
  emit(event: StreamEvent): void;
  isOnline(): boolean;
}

export type Message =
  | { type: 'ask'; from: string; cursor: string; isFresh: boolean }
  | { type: 'answer'; to: string; cursor: string; status: StreamStatus; entries: Entry[] | null }
  | { type: 'lead' | 'status'; cursor: string; status: StreamStatus }
  | { type: 'entry'; entry: Entry };

export interface LinkEffects extends Timers {
  connect(cursor: string): void;
  disconnect(): void;
  /** Queues for the lead; does nothing if this tab waits or leads already. */
  join(): void;
  steal(): void;
  leave(): void;
  /** Waits for the turn: the right to open a second connection, which one tab at a time has. */
  takeTurn(): void;
  endTurn(): void;
  post(message: Message): void;
  /** The supervisor of this tab. */
  opened(): void;
  lost(isClosed: boolean): void;
  heard(event: StreamEvent): void;
  adopt(cursor: string): void;
  mirror(status: StreamStatus): void;
}
