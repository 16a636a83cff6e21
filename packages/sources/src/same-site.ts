/** Whether two URLs are on one site: the same host without `www.`, and the same port; http and https on their default ports count as one. */
export function isSameSite(one: string, other: string): boolean {
  return siteOf(new URL(one)) === siteOf(new URL(other));
}

function siteOf({ protocol, hostname, port }: URL): string {
  return /^https?:$/.test(protocol) ? `${hostname.replace(/^www\./, '')}:${port}` : protocol;
}
