/** The resource usage of a process after a garbage collection. */
export interface ResourceUsage {
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly fds: number;
  readonly promises: number;
  /** Includes listeners. */
  readonly functions: number;
  readonly resources: number;
}

/** The resource usage of a process at the end of a day. */
export interface Sample extends ResourceUsage {
  /** The instance, such as `scraper-2`; its next process has the same. */
  readonly process: string;
  /** Distinguishes the process from its predecessor. */
  readonly startedAtMs: number;
  readonly day: number;
}

/** A period that the checks exclude, in milliseconds since 1970. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
}

/** A period in which possibly no timer can tick. */
export interface Outage extends Window {
  /** The first tick after this moment ends the outage; `toMs` ends it in any case. */
  readonly backMs: number;
}

/** A tick in timer.log. */
export interface Tick {
  readonly source: string;
  readonly slotMs: number;
  /** When it was published. */
  readonly atMs: number;
}

/** A confirmed job for the first page of a source. */
export interface Job {
  readonly source: string;
  /** When the timer recorded the request, which is soon after the broker had the job. */
  readonly atMs: number;
  readonly expiresAtMs: number;
}

/** A request for a page of the site. */
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
  /** The source that it filters by. */
  readonly source?: string | undefined;
  /** The offset of the first cursor; later entries must be received. */
  readonly startOffset: number;
  /** The texts of the quotes, in order. */
  readonly quotes: readonly string[];
  /** The ranges of offsets in received gaps, `fromOffset` excluded. */
  readonly gaps: readonly { readonly fromOffset: number; readonly toOffset: number }[];
}

/** When a source is due. */
export interface Schedule {
  readonly source: string;
  readonly intervalMs: number;
  /** The maximum delay of a run after its slot. */
  readonly jitterMs: number;
}

/** The records of a soak. */
export interface Histories {
  /** The period in which ticks are expected. */
  readonly ticking: { readonly fromMs: number; readonly toMs: number };
  readonly schedules: readonly Schedule[];
  readonly ticks: readonly Tick[];
  /** The periods in which no timer could tick. */
  readonly timerOutages: readonly Outage[];
  /** The periods in which the timer was stopped. */
  readonly stopped: readonly Window[];
  /** Each report of a state other than the commanded one. */
  readonly wrongStates: readonly string[];
  readonly jobs: readonly Job[];
  readonly visits: readonly Visit[];
  /** The number of jobs that scrapers counted as expired. */
  readonly expiredJobs: number;
  readonly deadLetters: number;
  /** The number of jobs in each deleted queue, and when it was deleted. */
  readonly deletedJobs: readonly { readonly atMs: number; readonly count: number }[];
  /** The texts of all quotes that were on the site during the soak. */
  readonly onSite: ReadonlySet<string>;
  /** The texts of the quotes on sent pages. */
  readonly served: ReadonlySet<string>;
  readonly log: readonly LoggedQuote[];
  readonly browsers: readonly BrowserHistory[];
  /** Unexpected exits, and exits with a code other than 0. */
  readonly badExits: readonly string[];
  /** Entries that were gone before the soak's own reader had read them. */
  readonly missedEntries: readonly string[];
  readonly samples: readonly Sample[];
}
