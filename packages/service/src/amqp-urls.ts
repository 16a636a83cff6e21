/** Splits a list of URLs at the commas between them, and keeps a comma within a URL. */
export function splitAmqpUrls(text: string): string[] {
  return text
    .split(/,(?=\s*amqps?:\/\/)/)
    .map((url) => url.trim())
    .filter((url) => url !== '');
}

/**
 * Describes the problem of a broker's URL as the rest of a sentence that begins with the setting's
 * name; undefined for a valid URL. Never repeats the URL, which may hold a password.
 *
 * @see https://www.rabbitmq.com/docs/uri-spec
 */
export function problemOfAmqpUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null) return `can't be parsed. ${ENCODE} A port is at most 65535.`;
  if (url.hostname === '') return 'names no host. For example amqp://guest:guest@127.0.0.1:5672';
  const { username, password, pathname, hash } = url;
  if (hash !== '' || pathname.includes('@') || pathname.lastIndexOf('/') > 0) {
    return `has a reserved character in the user's name, the password or the vhost. ${ENCODE}`;
  }
  try {
    for (const part of [username, password, pathname]) decodeURIComponent(part);
  } catch {
    return 'has a % without two hex digits after it. Write a % itself as %25.';
  }
  return undefined;
}

const ENCODE =
  "In the user's name, the password and the vhost, write / as %2F, # as %23, ? as %3F, @ as %40, : as %3A and % as %25.";
