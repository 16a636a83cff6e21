import { MAX_URL_LENGTH } from './next-url.ts';
import { parseDate } from './parse-date.ts';

/** The optional fields of a quote: an invalid value is ignored, and the quote is published without it. */
export const OPTIONAL_FIELDS = ['title', 'link', 'publishedAt', 'image'] as const;
export type OptionalField = (typeof OPTIONAL_FIELDS)[number];

const MAX_TITLE_LENGTH = 500;
/** The decoder's replacement for undecodable bytes. */
const UNREADABLE = '\uFFFD';

/** Returns the value to publish, or why the value is invalid; URLs are resolved against `baseUrl`. */
export function checkValue(
  value: string,
  { field, baseUrl }: { field: OptionalField; baseUrl: string },
): { value: string } | { reason: string } {
  if (field === 'title') return checkTitle(value);
  if (field === 'publishedAt') {
    const date = parseDate(value);
    return date === undefined ? { reason: 'not a date of RFC 3339 or RFC 822' } : { value: date };
  }
  return checkUrl(value, baseUrl);
}

function checkTitle(value: string): { value: string } | { reason: string } {
  if (value.includes(UNREADABLE)) return { reason: 'undecodable characters' };
  if (value.length > MAX_TITLE_LENGTH)
    return { reason: `longer than ${MAX_TITLE_LENGTH} characters` };
  return { value };
}

function checkUrl(value: string, baseUrl: string): { value: string } | { reason: string } {
  const url = URL.parse(value, baseUrl);
  if (url === null) return { reason: 'not a web address' };
  if (!/^https?:$/.test(url.protocol))
    return { reason: `${url.protocol} instead of http or https` };
  if (url.username !== '' || url.password !== '') return { reason: 'has a user or a password' };
  if (url.href.length > MAX_URL_LENGTH)
    return { reason: `longer than ${MAX_URL_LENGTH} characters` };
  return { value: url.href };
}
