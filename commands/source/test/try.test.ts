import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { runHere } from './support/run-here.ts';
import { pageOf, sayings, serveWiseSite, type WiseSite } from './support/wise-site.ts';

let wise: WiseSite;

beforeEach(async () => {
  wise = await serveWiseSite();
});

it('shows what a source would publish, and the next page', async () => {
  const { code, stdout } = await wise.run('try', 'wise');
  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    `wise  ${wise.url}/`,
    '',
    '#  text                        author     tags',
    '1  “Well begun is half done.”  Aristotle  work, beginning',
    '2  “Know thyself.”             Thales     self',
    '3  “Nothing in excess.”        Solon',
    '',
    '3 quotes would be published, of 3 items',
    `next page: ${wise.url}/page/2/`,
    'charset: utf-8',
    '',
  ]);
});

it('shows what is dropped, and why', async () => {
  const [first] = sayings;
  wise.page = pageOf([
    ...sayings,
    first,
    { text: '', author: 'Nobody' },
    { text: '', author: 'No One' },
  ]);
  const { stdout } = await wise.run('try', 'wise');
  expect(stdout).toContain('3 quotes would be published, of 6 items');
  expect(stdout).toMatch(/^3 dropped:$/m);
  expect(stdout).toMatch(/^ {2}twice on the page +“Well begun is half done.”$/m);
  expect(stdout).toMatch(/^ {2}no text, 2 times$/m);
});

it('shows the requested number of quotes', async () => {
  const { stdout } = await wise.run('try', 'wise', '--limit', '1');
  expect(stdout).toContain('Aristotle');
  expect(stdout).not.toContain('Thales');
  expect(stdout).toContain('… and 2 more: --limit 3 shows all');
});

it('prints all results with --json', async () => {
  const { code, stdout } = await wise.run('try', 'wise', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    source: 'wise',
    proposal: null,
    quotes: [{ text: '“Well begun is half done.”', tags: ['work', 'beginning'] }, {}, {}],
    dropped: [],
    nextUrl: `${wise.url}/page/2/`,
  });
});

it('proposes a source for an unknown URL', async () => {
  const { code, stdout } = await wise.run('try', `${wise.url}/`, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    proposal: {
      item: 'div.quote',
      fields: { text: 'span.text', author: 'small.author', tags: 'a.tag' },
      next: 'li.next > a',
    },
    quotes: sayings,
  });
});

it('tries an entry that is not in the file, on a saved page', async () => {
  const path = wise.writePage('entry.html', '<p class=x>Less is more.</p>');
  const entry = JSON.stringify({ item: 'p.x', fields: { text: ':scope' } });
  const { stdout } = await wise.run('try', path, '--source', entry, '--json');
  expect(JSON.parse(stdout)).toMatchObject({ quotes: [{ text: 'Less is more.', author: '' }] });
});

it('reads a saved page with a source of the file, as from its URL', async () => {
  const path = wise.writePage('saved.html', pageOf(sayings, { next: 'page/2/' }));
  const from = ['--source', 'wise', '--base-url', `${wise.url}/old/`];
  const { stdout } = await wise.run('try', path, ...from, '--json');
  expect(JSON.parse(stdout)).toMatchObject({ nextUrl: `${wise.url}/old/page/2/` });
  expect(wise.requests).not.toContain('/old/');
});

it('uses the given content type', async () => {
  const path = wise.writePage(
    'charset.html',
    '<p class=x>Caf\u00e9 au lait, s\u2019il vous pla\u00eet.</p>',
  );
  const entry = JSON.stringify({ item: 'p.x', fields: { text: ':scope' } });
  const type = ['--content-type', 'text/html; charset=windows-1252'];
  const { stdout } = await wise.run('try', path, '--source', entry, ...type);
  expect(stdout).toContain("charset: windows-1252, which doesn't fit its bytes");
});

it('fails if nothing would be published, and hints at the cause', async () => {
  wise.page = '<p>We have moved.</p>';
  const nothing = await wise.run('try', 'wise');
  expect(nothing.code).toBe(1);
  expect(nothing.stdout).toContain("the source's item finds nothing on this page");
  const proposal = await wise.run('try', `${wise.url}/`);
  expect(proposal).toMatchObject({ code: 1, stdout: '' });
  expect(proposal.stderr).toContain('no quotes found on this page');
});

it('names an invalid selector', async () => {
  const entry = JSON.stringify({ item: 'p', fields: { text: 'span[' } });
  const { code, stderr } = await wise.run('try', `${wise.url}/`, '--source', entry);
  expect(code).toBe(1);
  expect(stderr).toContain('--source: /fields/text "span[" can\'t be used');
});

it('lists the names of the file for an unknown one', async () => {
  const { code, stderr } = await wise.run('try', 'foolish');
  expect(code).toBe(1);
  expect(stderr).toContain('"foolish" is no file, no URL, and no source in');
  expect(stderr).toContain('it has wise');
});

it('requests no page that robots.txt forbids', async () => {
  const server = createServer((request, response) =>
    response.end(request.url === '/robots.txt' ? 'User-agent: *\nDisallow: /' : pageOf(sayings)),
  );
  onTestFinished(() => {
    server.close();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { code, stderr } = await wise.run(
    'try',
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  );
  expect(code).toBe(1);
  expect(stderr).toContain("doesn't allow");
});

it("applies the scraper's limits", async () => {
  const env = { SOURCES_FILE: wise.sourcesFile, FETCH_MAX_WIRE_BYTES: '1024' };
  wise.page = pageOf([...sayings, ...sayings, ...sayings]);
  const { code, stderr } = await runHere(['try', 'wise'], env);
  expect(code).toBe(1);
  expect(stderr).toContain('has more than 1024 bytes');
});

it('connects to private addresses only with the option', async () => {
  const { code, stderr } = await wise.run('try', 'http://169.254.169.254/');
  expect(code).toBe(1);
  expect(stderr).toContain('say --allow-private here');
});

it('strips terminal control sequences', async () => {
  const evil = '“Red \u001b[31malert\u0007 and \u202ebackwards.”';
  wise.page = pageOf([{ text: evil, author: '\u001b]0;title' }]);
  const { stdout } = await wise.run('try', 'wise');
  expect(stdout).toContain(String.raw`Red [31malert and \u{202e}backwards`);
  for (const character of '\u001b\u0007\u202e') expect(stdout).not.toContain(character);
});
