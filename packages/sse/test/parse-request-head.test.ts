import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseRequestHead } from '../src/parse-request-head.ts';

const parse = (text: string) => parseRequestHead(Buffer.from(text, 'latin1'));
const requestWith = (...lines: string[]) =>
  ['GET /numbers HTTP/1.1', 'Host: x', ...lines, '', ''].join('\r\n');

it('accepts the request of a browser', () => {
  const text = requestWith(
    'Connection: keep-alive',
    'Accept: text/event-stream',
    'Cache-Control: no-cache',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0',
    'sec-ch-ua: "Chromium";v="156", "Not?A_Brand";v="8"',
    'Sec-Fetch-Site: same-origin',
    'Referer: http://x/',
    'Accept-Encoding: gzip, deflate, br, zstd',
    'Accept-Language: en-US,en;q=0.9',
  );
  expect(parse(text)).toEqual({
    path: '/numbers',
    start: { kind: 'live' },
    forwardedFor: undefined,
    acceptEncoding: 'gzip, deflate, br, zstd',
  });
});

it('prefers the Last-Event-ID header to the query', () => {
  const cursor = '12-0123456789ab';
  const withQuery = (query: string, ...lines: string[]) =>
    parse(requestWith(...lines).replace('/numbers', `/numbers?${query}`))?.start;
  expect(withQuery('limit=50')).toEqual({ kind: 'newest', limit: 50 });
  expect(withQuery(`lastEventId=${cursor}`)).toEqual({ kind: 'cursor', text: cursor });
  const header = 'last-event-id: 13-0123456789ab';
  const fromHeader = { kind: 'cursor', text: '13-0123456789ab' };
  expect(withQuery(`lastEventId=${cursor}`, header)).toEqual(fromHeader);
  expect(withQuery('limit=50', header)).toEqual(fromHeader);
  expect(withQuery('limit=50', 'last-event-id:')).toEqual({ kind: 'newest', limit: 50 });
});

it('reads the address that the nearest proxy added', () => {
  const head = parse(requestWith('X-Forwarded-For: 10.9.8.7, 192.0.2.1'));
  expect(head?.forwardedFor).toBe('192.0.2.1');
});

it.for([
  ['another method', 'POST /numbers HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['a method in lower case', 'get /numbers HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['another version', 'GET /numbers HTTP/1.0\r\nHost: x\r\n\r\n'],
  ['an absolute URL', 'GET http://x/numbers HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['a fragment', requestWith().replace('/numbers', '/numbers#x')],
  ['no host', 'GET /numbers HTTP/1.1\r\nAccept: */*\r\n\r\n'],
  ['two hosts', requestWith('Host: y')],
  ['another origin', requestWith('Origin: http://y')],
  ['a filter', requestWith().replace('/numbers', '/numbers?tag=a')],
  ['a bad limit', requestWith().replace('/numbers', '/numbers?limit=-1')],
  ['a big limit', requestWith().replace('/numbers', '/numbers?limit=1001')],
  ['a body', requestWith('Content-Length: 3')],
  ['a chunked body', requestWith('Transfer-Encoding: chunked')],
  ['an upgrade', requestWith('Connection: upgrade', 'Upgrade: websocket')],
  ['an expectation', requestWith('Expect: 100-continue')],
  ['a header of unknown meaning', requestWith('X-Api-Key: a')],
  ['a space before the colon', requestWith('Accept : */*')],
  ['a folded header', requestWith('Accept: a', ' b')],
  ['a control character', requestWith('Accept: a\u0001b')],
  ['a bare LF', requestWith('Accept: a\nAccept-Language: b')],
  ['half a head', requestWith().slice(0, -2)],
  ['a second request behind it', requestWith() + requestWith()],
  ['a very long head', requestWith(`Cookie: ${'a'.repeat(9_000)}`)],
  ['nothing', ''],
])('leaves %s to the server behind', ([, text = '']) => {
  expect(parse(text)).toBeUndefined();
});

it('accepts no cursor that contains a line end', () => {
  const line = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(line, (value) => {
      const start = parse(requestWith(`last-event-id: ${value}`))?.start;
      expect(start?.kind === 'cursor' ? start.text : '').not.toMatch(/[\r\n\0]/);
    }),
  );
});
