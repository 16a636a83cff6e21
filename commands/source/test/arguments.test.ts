import { UsageError } from '@quotewire/terminal';
import { expect, it } from 'vitest';
import { parseCommand } from '../src/arguments.ts';

it('reads each verb with its options', () => {
  expect(parseCommand(['check', 'a', 'b', '--sources', 'mine.json'])).toEqual({
    verb: 'check',
    names: ['a', 'b'],
    sourcesFile: 'mine.json',
  });
  expect(parseCommand(['try', 'a', '--limit', '5', '--json'])).toMatchObject({
    target: 'a',
    limit: 5,
    isJson: true,
    allowsPrivate: false,
  });
  expect(parseCommand(['try', '--source', '{}'])).toMatchObject({ target: undefined, entry: '{}' });
  expect(
    parseCommand(['add', 'page.html', '--base-url', 'https://x.example/', '--name', 'x', '--yes']),
  ).toMatchObject({ target: 'page.html', baseUrl: 'https://x.example/', name: 'x', isSure: true });
  expect(
    parseCommand(['save', 'a', '--from', 'a.html', '--content-type', 'text/html']),
  ).toMatchObject({ name: 'a', from: 'a.html', contentType: 'text/html' });
});

it.for([['--help'], ['-h'], ['help'], ['add', '--help']])('shows help for %j', (args) => {
  expect(parseCommand(args).verb).toBe('help');
});

it.for([
  [[], 'a verb is missing: use check, try, add or save'],
  [['publish'], 'there is no verb "publish": use check'],
  [['try'], 'try needs one name, url or file'],
  [['try', 'a', 'b'], 'try needs one name, url or file'],
  [['try', 'a', '--limit', 'few'], '--limit is "few": give a whole number'],
  [['try', 'a', '--nothing'], 'there is no option --nothing: use --sources'],
  [['try', 'a', '--base-url', 'x.example'], '--base-url takes an address such as'],
  [['add'], 'add needs one url or file'],
  [['add', 'https://x.example/', '--name', 'Ex ample'], '--name takes lower-case letters'],
  [['save'], 'save needs one name'],
  [['save', 'a', '--content-type', 'text/html'], '--content-type is for files'],
] as const)('names what is wrong with %j', ([args, complaint]) => {
  const parse = () => parseCommand(args);
  expect(parse).toThrow(UsageError);
  expect(parse).toThrow(complaint);
});
