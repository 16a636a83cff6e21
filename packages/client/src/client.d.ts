/**
 * | state | meaning |
 * |---|---|
 * | `connecting` | first attempt, or first after a rest |
 * | `live` | open, with an event within the last 2.5 heartbeats |
 * | `reconnecting` | lost; with `retryAt` the client tries again then, without it the browser does |
 * | `silent` | open, but silent for 2.5 heartbeats: the client replaces the connection |
 * | `offline` | as `reconnecting`, and the browser says that there is no network |
 * | `resting` | the page was in the background for a while: no connection until it is visible again |
 * | `paused` | `pause()` was called: no connection until `resume()` |
 * | `closed` | `close()` was called: no further connection |
 */
export interface StreamStatus {
  readonly state:
    | 'connecting'
    | 'live'
    | 'reconnecting'
    | 'silent'
    | 'offline'
    | 'resting'
    | 'paused'
    | 'closed';
  /** When the next attempt starts, in milliseconds since 1970. */
  readonly retryAt?: number;
}

export interface StreamEvent {
  /** `message` for an event without a name. */
  readonly name: string;
  readonly data: string;
  /** The cursor after this event; empty if the stream has no ids. */
  readonly id: string;
}

export interface StreamOptions {
  /** Names of the events that the page wants. `gap` always comes. Default: `message`. */
  events?: readonly string[];
  /** Without a cursor the stream begins with this many of the newest events. Default: with the next event. */
  limit?: number;
  /**
   * Shows what the server has already, and resolves with the cursor after that, or with null if the
   * server has nothing. Called before the first connection and after every `gap`, and again after it
   * rejects. The signal aborts when the result is no longer needed, or after 20 s.
   */
  load?: (signal: AbortSignal) => Promise<string | null>;
  /** Called for each event, in order; also for `gap`, whose data has the cursors and the reason. */
  onEvent: (event: StreamEvent) => void;
  /** Called on every change of state. */
  onStatus?: (status: StreamStatus) => void;
  /** Silence after which a connection counts as dead. `Infinity` for streams without heartbeats. Default 37,500: 2.5 heartbeats. */
  silenceMs?: number;
  /** Time in the background after which the page closes its connection. Default 60,000. */
  restAfterHiddenMs?: number;
  /** Whether tabs of this origin share one connection; false if each connection has its own events. Default true. */
  isShared?: boolean;
  /** Whether a stream of another origin gets cookies. Default false. */
  withCredentials?: boolean;
}

export interface Stream {
  readonly status: StreamStatus;
  /** The cursor after the last event; empty before the first one. */
  readonly cursor: string;
  /** Closes the connection until `resume()`, which continues after the last event. */
  pause(): void;
  resume(): void;
  close(): void;
}

/**
 * Opens a stream of Server-Sent Events and keeps it open: over lost connections, refusals, silence,
 * sleep and the back/forward cache, with one connection for all tabs of the origin that open the
 * same URL with the same events.
 *
 * @param url filters in its query are kept; `lastEventId` and `limit` are added
 */
export function openStream(url: string | URL, options: StreamOptions): Stream;
