import { expect, it } from 'vitest';
import { decodeBody } from '../src/decode-body.ts';

const latin = (text: string) => Buffer.from(text, 'latin1');
const decode = (body: Buffer, contentType = 'text/html') => decodeBody({ body, contentType });

it.for([
  [
    'a byte order mark',
    Buffer.from('\uFEFF<meta charset="windows-1252">é'),
    'text/html; charset=latin1',
    'utf-8',
  ],
  ['the byte order mark of UTF-16', Buffer.from('\uFEFFé', 'utf16le'), 'text/html', 'utf-16le'],
  [
    'the header',
    latin('<meta charset="utf-8">é'),
    'text/html; charset="ISO-8859-1"',
    'windows-1252',
  ],
  ['the page', latin('<meta charset=windows-1252>é'), 'text/html', 'windows-1252'],
  [
    'the page, said in the old way',
    latin('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">é'),
    'text/html',
    'windows-1252',
  ],
  [
    'an XML declaration',
    latin('<?xml version="1.0" encoding="iso-8859-1"?><a>é</a>'),
    'text/xml',
    'windows-1252',
  ],
  [
    'no other meta element that has the word',
    Buffer.from('<meta name="description" content="how to set charset=koi8-r">é'),
    'text/html',
    'utf-8',
  ],
  ['no script', Buffer.from('<script>"<p charset=koi8-r>"</script>é'), 'text/html', 'utf-8'],
  ['no comment', Buffer.from('<!-- <meta charset="windows-1252"> -->é'), 'text/html', 'utf-8'],
  ['its bytes when nobody says', Buffer.from('é'), 'text/html', 'utf-8'],
  ['its bytes when they are no UTF-8', latin('é'), 'text/html', 'windows-1252'],
  [
    'UTF-8 when a page says UTF-16 in single bytes',
    Buffer.from('<meta charset="utf-16">é'),
    'text/html',
    'utf-8',
  ],
] as const)('decodes by %s', ([, body, contentType, charset]) => {
  const decoded = decode(body, contentType);
  expect(decoded.text).toContain('é');
  expect(decoded).toMatchObject({ charset, isCharsetSuspect: false });
});

it.for([
  ['bytes that are no UTF-8', latin('é'), 'text/html; charset=utf-8'],
  [
    'UTF-8 that is said to be something else',
    Buffer.from('“é”'),
    'text/html; charset=windows-1252',
  ],
  ['a charset that does not exist', Buffer.from('e'), 'text/html; charset=utf-99'],
] as const)('suspects %s', ([, body, contentType]) => {
  expect(decode(body, contentType).isCharsetSuspect).toBe(true);
});

it('accepts a page that contains the replacement character itself', () => {
  const page = Buffer.from('<!-- \uFFFD --><p>“é”</p>');
  expect(decode(page, 'text/html; charset=utf-8').isCharsetSuspect).toBe(false);
});

it('scans only the first 1024 bytes, as browsers do', () => {
  const late = latin(`${' '.repeat(1024)}<meta charset="koi8-r">é`);
  expect(decode(late).charset).toBe('windows-1252');
});
