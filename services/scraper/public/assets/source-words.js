import { inShort } from '/assets/duration.js';

/**
 * @typedef {object} SourceView
 * @property {string} name
 * @property {boolean} enabled
 * @property {string} url
 * @property {{ state: string, since: string, detail: string } | null} status
 * @property {string | null} lastRunAt RFC 3339, as all times
 * @property {string | null} blockedUntil
 * @property {string | null} retryAt
 * @property {number} failedRuns
 * @property {string | null} newsAt
 * @property {{ drops: { reasons: Record<string, number>, examples: { text: string, reason: string }[] } | null } | null} work
 */

/** @typedef {{ words: string, tone: string, rank: number }} Condition */

/** @type {Readonly<Record<string, Condition>>} */
const CONDITIONS = {
  broken: { words: 'Broken', tone: 'bad', rank: 0 },
  failing: { words: 'Failing', tone: 'bad', rank: 0 },
  blocked: { words: 'Blocked', tone: 'bad', rank: 0 },
  stale: { words: 'Nothing new for long', tone: 'waiting', rank: 1 },
  ok: { words: 'Fine', tone: 'good', rank: 3 },
  'not-modified': { words: 'Fine, page unchanged', tone: 'good', rank: 3 },
  exhausted: { words: 'All its quotes are published', tone: 'good', rank: 3 },
};
/** @type {Condition} */
const UNVISITED = { words: 'Not visited yet', tone: 'waiting', rank: 2 };
/** @type {Condition} */
const DISABLED = { words: 'Disabled', tone: '', rank: 4 };
const TROUBLE_RANK = 1;

const names = new Intl.Collator('en', { numeric: true });
const clock = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** @param {SourceView} source */
export function conditionOf({ enabled, status }) {
  if (!enabled) return DISABLED;
  return status === null ? UNVISITED : (CONDITIONS[status.state] ?? UNVISITED);
}

/** @param {SourceView} source */
export function isInTrouble(source) {
  return conditionOf(source).rank <= TROUBLE_RANK;
}

/**
 * Sources in trouble first, then by name, "2" before "10".
 *
 * @param {readonly SourceView[]} sources
 */
export function inOrder(sources) {
  return sources.toSorted(
    (a, b) => conditionOf(a).rank - conditionOf(b).rank || names.compare(a.name, b.name),
  );
}

/**
 * What else is known, a sentence each.
 *
 * @param {SourceView} source
 * @param {number} now by the service's clock
 */
export function factsOf(source, now) {
  const { enabled, status, failedRuns, blockedUntil, retryAt, work } = source;
  const facts = [];
  if (enabled && status !== null && isInTrouble(source)) facts.push(status.detail);
  if (failedRuns > 0 && !isInTrouble(source))
    facts.push(`${counted(failedRuns, 'run')} failed in a row.`);
  if (isAhead(blockedUntil, now))
    facts.push(`No requests to its host until ${exact(blockedUntil)}.`);
  if (isAhead(retryAt, now)) facts.push(`Next attempt after ${exact(retryAt)}.`);
  const reasons = Object.entries(work?.drops?.reasons ?? {});
  if (reasons.length > 0) {
    const all = reasons.reduce((sum, [, count]) => sum + count, 0);
    const why = reasons.map(([reason, count]) => `${reason} (${count})`).join(', ');
    facts.push(`Dropped ${counted(all, 'item')} of a page: ${why}.`);
    const [example] = work?.drops?.examples ?? [];
    if (example !== undefined && example.text !== '') facts.push(`Such as: ${example.text}`);
  }
  return facts;
}

/**
 * @param {string | null} at
 * @param {number} now
 */
export function ago(at, now) {
  return at === null ? 'never' : `${inShort((now - Date.parse(at)) / 1_000)} ago`;
}

/**
 * @param {string | null | undefined} at undefined: not known
 * @param {number} now
 */
export function until(at, now) {
  if (at === undefined) return 'not known';
  if (at === null) return 'none';
  const seconds = (Date.parse(at) - now) / 1_000;
  return seconds < 1 ? 'now' : `in ${inShort(seconds)}`;
}

/** @param {string} at */
export function exact(at) {
  return clock.format(Date.parse(at));
}

/**
 * `1 quote`, `2 quotes`.
 *
 * @param {number} count
 * @param {string} noun
 */
export function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/**
 * @param {string | null} at
 * @param {number} now
 * @returns {at is string}
 */
function isAhead(at, now) {
  return at !== null && Date.parse(at) > now;
}
