/** Whether two addresses are of one site: the same host and port, but for `www.` and for http's and https' own ports. */
export function isSameSite(one: string, other: string): boolean {
  return siteOf(new URL(one)) === siteOf(new URL(other));
}

function siteOf({ protocol, hostname, port }: URL): string {
  return /^https?:$/.test(protocol) ? `${hostname.replace(/^www\./, '')}:${port}` : protocol;
}
