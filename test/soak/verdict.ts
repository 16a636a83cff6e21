import { checkGrowth, type Growth } from './check-growth.ts';
import { checkJobs } from './check-jobs.ts';
import { checkQuotes } from './check-quotes.ts';
import { checkTicks } from './check-ticks.ts';
import type { Histories } from './histories.ts';

/** One thing that was counted. */
export interface Finding {
  readonly what: string;
  readonly count: number;
  /** Whether any other count than 0 is a fault. */
  readonly hasToBeZero: boolean;
  /** The first few. */
  readonly examples: readonly string[];
}

/** What a soak shows. */
export interface Verdict {
  readonly findings: readonly Finding[];
  readonly growth: readonly Growth[];
  /** Whether each zero is one. */
  readonly isClean: boolean;
}

const EXAMPLES = 5;

/** Judges what was recorded. A function of its argument. */
export function judge(histories: Histories): Verdict {
  const ticks = checkTicks(histories);
  const jobs = checkJobs(histories);
  const quotes = checkQuotes(histories);
  const growth = checkGrowth(histories.samples);
  const findings = [
    zero('ticks missing', ticks.missing),
    zero('ticks doubled', ticks.doubled),
    zero('times without a tick for 10 s', ticks.stalls),
    zero("timer's state wrong", histories.wrongStates),
    zero('jobs without a result', jobs.withoutResult),
    zero('dead letters', histories.deadLetters),
    zero('quotes on the site that no page brought', quotes.neverServed),
    zero('quotes on a page that never came to the log', quotes.neverLogged),
    zero('gaps told to browsers', quotes.gapsTold),
    zero('quotes missing in a browser, untold', quotes.gapsUntold),
    zero('quotes in a browser out of order', quotes.outOfOrder),
    zero('quotes in a browser twice', quotes.broughtTwice),
    zero('processes that ended badly', histories.badExits),
    zero(
      'processes that hold more than on the first day',
      growth.flatMap(({ problems }) => problems),
    ),
    zero("entries gone before the soak's own reader had them", histories.lostByTheRig),
    tally('ticks', histories.ticks.length),
    tally('slots that passed while no timer could tick', ticks.forgiven),
    tally('jobs', histories.jobs.length),
    tally('jobs that expired', histories.expiredJobs),
    tally('jobs that were in a queue when it was deleted', jobs.deleted),
    tally('pages that were asked for once more', jobs.repeated),
    tally('quotes on the site', histories.onSite.size),
    tally('quotes in the log', histories.log.length),
    tally('quotes in the log twice', quotes.loggedTwice),
    tally('browsers', histories.browsers.length),
    tally(
      'quotes brought to browsers',
      histories.browsers.reduce((total, browser) => total + browser.quotes.length, 0),
    ),
  ];
  const isClean = findings.every(({ count, hasToBeZero }) => count === 0 || !hasToBeZero);
  return { findings, growth, isClean };
}

function zero(what: string, found: number | readonly string[]): Finding {
  return typeof found === 'number'
    ? { what, count: found, hasToBeZero: true, examples: [] }
    : { what, count: found.length, hasToBeZero: true, examples: found.slice(0, EXAMPLES) };
}

function tally(what: string, count: number): Finding {
  return { what, count, hasToBeZero: false, examples: [] };
}
