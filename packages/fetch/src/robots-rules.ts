/** The rules of a robots.txt for our crawler. */
export interface Rules {
  allows(url: string): boolean;
  readonly crawlDelayMs: number | undefined;
}

interface Rule {
  readonly isAllowed: boolean;
  /** The literal parts between asterisks. */
  readonly parts: readonly string[];
  /** Whether the pattern ends with `$`. */
  readonly isWhole: boolean;
  /** The longest rule that matches wins. */
  readonly length: number;
}

interface Group {
  readonly rules: Rule[];
  crawlDelaySeconds?: number;
}

/** Our product token. */
const PRODUCT = 'quotewire';
const MAX_PATH_LENGTH = 2_083;

/**
 * Parses a robots.txt: the rules of our group, else those of `*`.
 *
 * The site chooses both the text and the paths, so matching must stay cheap: each part of a rule is
 * searched for behind the previous part, and no position is visited twice.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9309#section-2.2
 */
export function parseRules(text: string): Rules {
  const { rules, crawlDelaySeconds } = groupIn(text);
  return {
    allows(url) {
      const { pathname, search } = new URL(url);
      const path = normalise(pathname + search).slice(0, MAX_PATH_LENGTH);
      let best: Rule | undefined;
      for (const rule of rules) {
        // n.b. of two rules of the same length, `allow` wins
        const isBetter =
          best === undefined ||
          rule.length > best.length ||
          (rule.length === best.length && rule.isAllowed);
        if (isBetter && matches(rule, path)) best = rule;
      }
      return best?.isAllowed ?? true;
    },
    crawlDelayMs: crawlDelaySeconds === undefined ? undefined : crawlDelaySeconds * 1_000,
  };
}

/** n.b. several groups for one product token count as one. */
function groupIn(text: string): Group {
  const groups = new Map<string, Group>();
  let current: Group[] = [];
  let isNaming = false;
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)) {
    const [, key = '', value = ''] = /^\s*([A-Za-z-]+)\s*:\s*([^#]*)/.exec(line) ?? [];
    const field = key.toLowerCase();
    if (field === 'user-agent') {
      if (!isNaming) current = [];
      isNaming = true;
      const name = /^[a-z_-]+|^\*/.exec(value.trim().toLowerCase())?.[0] ?? '';
      const group = groups.get(name) ?? { rules: [] };
      groups.set(name, group);
      current.push(group);
    } else if (field === 'allow' || field === 'disallow') {
      isNaming = false;
      const rule = ruleOf(value.trim(), field === 'allow');
      if (rule !== undefined) for (const group of current) group.rules.push(rule);
    } else if (field === 'crawl-delay') {
      isNaming = false;
      const seconds = Number(value.trim() || Number.NaN);
      if (seconds >= 0) for (const group of current) group.crawlDelaySeconds = seconds;
    }
  }
  return groups.get(PRODUCT) ?? groups.get('*') ?? { rules: [] };
}

function ruleOf(pattern: string, isAllowed: boolean): Rule | undefined {
  // n.b. an empty rule matches nothing
  if (pattern === '') return undefined;
  const isWhole = pattern.endsWith('$');
  const path = normalise(isWhole ? pattern.slice(0, -1) : pattern).replaceAll(/\*+/g, '*');
  return { isAllowed, parts: path.split('*'), isWhole, length: pattern.length };
}

function matches({ parts: [first = '', ...others], isWhole }: Rule, path: string): boolean {
  if (!path.startsWith(first)) return false;
  let at = first.length;
  const last = isWhole ? others.pop() : undefined;
  for (const part of others) {
    const found = path.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  if (!isWhole) return true;
  return last === undefined
    ? at === path.length
    : path.endsWith(last) && path.length - last.length >= at;
}

/** Percent-encodes only what requires it: `/%7Ejoe` and `/~joe` become one path. */
function normalise(path: string): string {
  return path
    .replaceAll(/%([0-9a-f]{2})/gi, (whole, digits: string) => {
      const character = String.fromCharCode(Number.parseInt(digits, 16));
      return /[\w.~-]/.test(character) ? character : whole.toUpperCase();
    })
    .replaceAll(/[^\x21-\x7e]+/g, encodeText);
}

function encodeText(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
