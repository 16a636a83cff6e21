import type { VhostMaker } from './vhosts.ts';

/** The broker that this run of the tests uses. */
export interface FoundBroker {
  /** With the user and password; the vhost in it, if any, is the one that all files share where none can be made. */
  readonly url: string;
  /** Absent where nobody may make a vhost. */
  readonly vhostMaker?: VhostMaker;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** null: there's none, and what needs one is skipped. */
    broker: FoundBroker | null;
    chromiumPath: string | null;
  }
}
