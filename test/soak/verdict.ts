import { checkGrowth, type Growth } from './check-growth.ts';
import { checkJobs } from './check-jobs.ts';
import { checkQuotes } from './check-quotes.ts';
import { checkTicks } from './check-ticks.ts';
import type { Histories } from './histories.ts';

/** A count with examples. */
export interface Finding {
  readonly what: string;
  readonly count: number;
  /** Whether a count other than 0 is a failure. */
  readonly mustBeZero: boolean;
  /** The first few cases. */
  readonly examples: readonly string[];
}

/** The result of a soak. */
export interface Verdict {
  readonly findings: readonly Finding[];
  readonly growth: readonly Growth[];
  /** Whether every count that must be 0 is 0. */
  readonly isClean: boolean;
}

const EXAMPLES = 5;

/** Computes the verdict on the records. */
export function verdictOf(histories: Histories): Verdict {
  const ticks = checkTicks(histories);
  const jobs = checkJobs(histories);
  const quotes = checkQuotes(histories);
  const growth = checkGrowth(histories.samples);
  const findings = [
    zero('ticks missing', ticks.missing),
    zero('ticks doubled', ticks.doubled),
    zero('times without a tick for 10 s', ticks.stalls),
    zero('wrong states of the timer', histories.wrongStates),
    zero('jobs without a result', jobs.withoutResult),
    zero('dead letters', histories.deadLetters),
    zero('quotes on the site that no page contained', quotes.neverServed),
    zero('quotes on a page that never reached the log', quotes.neverLogged),
    zero('gaps sent to browsers', quotes.gapsReceived),
    zero('quotes missing in a browser without a gap', quotes.missingWithoutGap),
    zero('quotes in a browser out of order', quotes.outOfOrder),
    zero('quotes in a browser twice', quotes.receivedTwice),
    zero("processes that didn't close cleanly", histories.badExits),
    zero(
      'processes that use more than on the first day',
      growth.flatMap(({ problems }) => problems),
    ),
    zero("entries gone before the soak's own reader had them", histories.missedEntries),
    tally('ticks', histories.ticks.length),
    tally('slots that passed while no timer could tick', ticks.excused),
    tally('jobs', histories.jobs.length),
    tally('jobs that expired', histories.expiredJobs),
    tally('jobs in a deleted queue', jobs.deleted),
    tally('repeated visits', jobs.repeated),
    tally('quotes on the site', histories.onSite.size),
    tally('quotes in the log', histories.log.length),
    tally('quotes in the log twice', quotes.loggedTwice),
    tally('browsers', histories.browsers.length),
    tally(
      'quotes received by browsers',
      histories.browsers.reduce((total, browser) => total + browser.quotes.length, 0),
    ),
  ];
  const isClean = findings.every(({ count, mustBeZero }) => count === 0 || !mustBeZero);
  return { findings, growth, isClean };
}

function zero(what: string, found: number | readonly string[]): Finding {
  return typeof found === 'number'
    ? { what, count: found, mustBeZero: true, examples: [] }
    : { what, count: found.length, mustBeZero: true, examples: found.slice(0, EXAMPLES) };
}

function tally(what: string, count: number): Finding {
  return { what, count, mustBeZero: false, examples: [] };
}
