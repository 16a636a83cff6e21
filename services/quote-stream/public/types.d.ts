/**
 * Makes an element: the server as text, the page as a node. Children that are strings are text,
 * never markup.
 */
export type Make<T> = (
  name: string,
  attributes: Readonly<Record<string, string | boolean | undefined>>,
  ...children: (T | string | undefined)[]
) => T;

export interface Quote {
  id: string;
  text: string;
  /** Empty when its page names none. */
  author: string;
  tags: string[];
  source: string;
  /** The page that it was found on. */
  url: string;
  /** The page of this quote alone. */
  link?: string;
  /** RFC 3339. */
  scrapedAt: string;
}

export interface SourceStatus {
  source: string;
  state: string;
  /** RFC 3339. */
  since: string;
  /** A sentence for people. */
  detail: string;
}

/** How a reader is told of times. */
export interface Times {
  /** The language of the words. */
  lang: string;
  /** Formats a time, in milliseconds since 1970. */
  exact: (at: number) => string;
  /** Formats "5 minutes ago". A future moment, which a slow clock sees, counts as now. */
  ago: (at: number) => string;
}

/** What the server holds, newest first. */
export interface History {
  quotes: Quote[];
  sources: SourceStatus[];
  /** The cursor of the stream right after it. */
  cursor: string;
  /** Where older quotes follow: null at the end of the history. */
  before: string | null;
}

export interface HistoryOptions {
  /** Only older ones. */
  before?: string | null;
  signal?: AbortSignal | undefined;
}

/** A quote in the feed, or a place where some may be missing, which has no id. */
export interface Entry {
  id: string | undefined;
  author: string;
  /** Whether it's news that hasn't been shown yet. */
  isNew: boolean;
  readonly element: HTMLElement;
}

export interface FeedOptions {
  list: HTMLElement;
  times: Times;
  /** Whether new quotes are to wait; asked before they are shown. */
  isHeld: () => boolean;
  onChange: (state: FeedState) => void;
  /** Called with the news that are shown, newest first. */
  onShow: (news: Entry[]) => void;
}

export interface FeedState {
  /** How many new quotes are held back. */
  waiting: number;
  /** Whether there were more of them than are kept. */
  isFull: boolean;
  /** Whether the window is back in the history. */
  isBack: boolean;
  isEmpty: boolean;
}

/** What the keys work on. */
export interface KeyParts {
  list: HTMLElement;
  search: HTMLInputElement;
  /** Gets the focus after the last quote. */
  end: HTMLElement;
  /** Whether the reader wants them. */
  choice: HTMLInputElement;
}

/** A part of a page that shows a quote. */
export type QuotePart = <T>(make: Make<T>, quote: Quote, times: Times) => T;

/** A part of a page that marks a gap, with the reason as the `gap` event has it. */
export type GapPart = <T>(make: Make<T>, reason: string) => T;

export type SourcePart = <T>(make: Make<T>, status: SourceStatus, times: Times) => T;

export type SourcesPart = <T>(make: Make<T>, statuses: SourceStatus[], times: Times) => T[];
