/** What a process holds at a moment, its garbage collected. */
export interface Held {
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly fds: number;
  readonly promises: number;
  /** Each listener is one. */
  readonly functions: number;
  readonly resources: number;
}

/** What a process held at the end of a day. */
export interface Sample extends Held {
  /** Such as `scraper-2`; the next process in its place has the same. */
  readonly process: string;
  /** Tells a process from the one that was in its place before. */
  readonly startedAtMs: number;
  readonly day: number;
}

/** A time in which something can't be expected; milliseconds since 1970. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
}

/** A time in which no timer may be able to tick. */
export interface Outage extends Window {
  /** From here on the first tick ends it; at `toMs` it's over in any case. */
  readonly backMs: number;
}

/** An entry of timer.log that tells of a tick. */
export interface Tick {
  readonly source: string;
  readonly slotMs: number;
  /** When it was published. */
  readonly atMs: number;
}

/** A job for the first page of a source that the broker has got. */
export interface Job {
  readonly source: string;
  /** When the timer wrote down that it had asked: soon after the broker had the job. */
  readonly atMs: number;
  readonly expiresAtMs: number;
}

/** A page that was asked for at the site. */
export interface Visit {
  readonly source: string;
  /** From 1. */
  readonly page: number;
  readonly atMs: number;
}

/** A quote in quotes.log. */
export interface LoggedQuote {
  readonly offset: number;
  readonly text: string;
  readonly source: string;
}

/** What a browser received, over all its connections. */
export interface BrowserHistory {
  readonly name: string;
  /** Only of this source. */
  readonly source?: string | undefined;
  /** The offset of the first cursor: what's behind it has to come. */
  readonly startOffset: number;
  /** The texts of the quotes, in their order. */
  readonly quotes: readonly string[];
  /** Ranges of offsets, from exclusive, that may be lost, as it was told. */
  readonly gaps: readonly { readonly fromOffset: number; readonly toOffset: number }[];
}

/** What a source demands of the timer. */
export interface Schedule {
  readonly source: string;
  readonly intervalMs: number;
  /** How long after its slot a run may begin. */
  readonly jitterMs: number;
}

/** All that was recorded in a soak. */
export interface Histories {
  /** From when until when ticks are expected. */
  readonly ticking: { readonly fromMs: number; readonly toMs: number };
  readonly schedules: readonly Schedule[];
  readonly ticks: readonly Tick[];
  /** When no timer could tick. */
  readonly withoutTimer: readonly Outage[];
  /** When someone had stopped the timer: nothing has to happen then. */
  readonly stopped: readonly Window[];
  /** How often a timer told another state than it had been given. */
  readonly wrongStates: readonly string[];
  readonly jobs: readonly Job[];
  readonly visits: readonly Visit[];
  /** Jobs that a scraper counted as expired. */
  readonly expiredJobs: number;
  readonly deadLetters: number;
  /** Jobs that were in a queue when it was deleted, and when. */
  readonly deletedJobs: readonly { readonly atMs: number; readonly count: number }[];
  /** The texts of all quotes that were on the site while it was visited. */
  readonly onSite: ReadonlySet<string>;
  /** Those on a page that was sent. */
  readonly served: ReadonlySet<string>;
  readonly log: readonly LoggedQuote[];
  readonly browsers: readonly BrowserHistory[];
  /** Ends of processes that nobody asked for, or with another exit code than 0. */
  readonly badExits: readonly string[];
  /** Times at which a log's own reader found entries gone. */
  readonly lostByTheRig: readonly string[];
  readonly samples: readonly Sample[];
}
