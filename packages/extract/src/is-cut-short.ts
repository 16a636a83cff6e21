const COMMENT = /^<!--.*?-->/s;
const TAG = /^<(?:[!?][^>]*|\/?[a-z](?:"[^"]*"|'[^']*'|[^>"'])*)>/i;

/**
 * Whether markup ends within a tag or a comment, as a truncated page does. Truncation between two
 * tags isn't detected: HTML allows a page to omit end tags.
 */
export function isCutShort(markup: string): boolean {
  const end = markup.slice(startOfLastTag(markup));
  return end !== '' && !(end.startsWith('<!--') ? COMMENT : TAG).test(end);
}

function startOfLastTag(markup: string): number {
  for (let at = markup.lastIndexOf('<'); at !== -1; at = markup.lastIndexOf('<', at - 1)) {
    if (/[a-z/!?]/i.test(markup.charAt(at + 1))) return at;
    if (at === 0) break;
  }
  return markup.length;
}
