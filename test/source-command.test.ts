import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { runSourceCommand } from './support/run-source-command.ts';
import { serveSite } from './support/site.ts';
import { toscrapeSource, writeSources } from './support/write-sources.ts';

interface Saying {
  text: string;
  author: string;
  tags?: string[];
}

const sayings: Saying[] = [
  { text: '“Well begun is half done.”', author: 'Aristotle', tags: ['work', 'beginning'] },
  { text: '“Know thyself.”', author: 'Thales', tags: ['self'] },
  { text: '“Nothing in excess.”', author: 'Solon' },
];

function pageOf(quotes: readonly Saying[], { next = '' } = {}): string {
  const items = quotes.map(({ text, author, tags = [] }) => {
    const links = tags.map((tag) => `<a class="tag" href="/tag/${tag}/">${tag}</a>`);
    return `<div class="quote"><span class="text">${text}</span>
      <span>by <small class="author">${author}</small></span><div class="tags">${links.join(' ')}</div></div>`;
  });
  const link = next === '' ? '' : `<ul><li class="next"><a href="${next}">Next</a></li></ul>`;
  return `<!DOCTYPE html><meta charset="utf-8"><body>${items.join('\n')}${link}</body>`;
}

const folder = mkdtempSync(join(tmpdir(), 'quotewire-test-'));
const servers: Server[] = [];
afterAll(() => {
  rmSync(folder, { recursive: true });
  for (const server of servers) server.close();
});

function writePage(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** What the site shows at each path. */
let pages: Record<string, string>;
const site = await serveSite((path, response) => {
  const page = pages[path];
  if (page === undefined) response.writeHead(404).end();
  else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
});
let sourcesFile: string;

beforeEach(() => {
  pages = { '/': pageOf(sayings, { next: '/page/2/' }) };
  sourcesFile = writeSources([toscrapeSource({ name: 'wise', url: `${site.url}/` })]);
});

const run = (...args: string[]) => runSourceCommand(args, { SOURCES_FILE: sourcesFile });

describe('npm run source', () => {
  it('shows how it is used', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, stderr: '' });
    expect((await run('add', '--help')).stdout).toContain('npm run source -- add <url | file>');
  });

  it('says what is wrong with what it was told, and fails', async () => {
    const { code, stdout, stderr } = await run('publish');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('there\'s no verb "publish"');
    expect(stderr).toContain('npm run source -- --help');
  });

  it.for([
    [['try', 'wise', '--source', '{"item"'], '--source is not JSON'],
    [['try', 'wise', '--base-url', 'https://x.example/'], '--base-url and --content-type are for'],
    [['add', 'page.html'], '--base-url has to say where page.html was found'],
    [['add', 'https://example.org/'], "there's no terminal to ask on"],
  ] as const)('does not carry out %j', async ([args, complaint]) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(complaint);
  });
});

describe('npm run source -- try', () => {
  it('shows what a source would publish, and the next page', async () => {
    const { code, stdout } = await run('try', 'wise');
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      `wise  ${site.url}/`,
      '',
      '#  text                        author     tags',
      '1  “Well begun is half done.”  Aristotle  work, beginning',
      '2  “Know thyself.”             Thales     self',
      '3  “Nothing in excess.”        Solon',
      '',
      '3 quotes would be published, of 3 items',
      `next page: ${site.url}/page/2/`,
      'charset: utf-8',
      '',
    ]);
  });

  it('shows what is dropped, and why', async () => {
    const [first] = sayings as [Saying];
    pages['/'] = pageOf([
      ...sayings,
      first,
      { text: '', author: 'Nobody' },
      { text: '', author: 'No One' },
    ]);
    const { stdout } = await run('try', 'wise');
    expect(stdout).toContain('3 quotes would be published, of 6 items');
    expect(stdout).toMatch(/^3 dropped:$/m);
    expect(stdout).toMatch(/^ {2}twice on the page +“Well begun is half done.”$/m);
    expect(stdout).toMatch(/^ {2}no text, 2 times$/m);
  });

  it('shows as many as are asked for', async () => {
    const { stdout } = await run('try', 'wise', '--limit', '1');
    expect(stdout).toContain('Aristotle');
    expect(stdout).not.toContain('Thales');
    expect(stdout).toContain('… and 2 more: --limit 3 shows all');
  });

  it('gives machines all that it finds', async () => {
    const { code, stdout } = await run('try', 'wise', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      source: 'wise',
      proposal: null,
      quotes: [{ text: '“Well begun is half done.”', tags: ['work', 'beginning'] }, {}, {}],
      dropped: [],
      nextUrl: `${site.url}/page/2/`,
    });
  });

  it('proposes a source for an address without one', async () => {
    const { code, stdout } = await run('try', `${site.url}/`, '--json');
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
    const path = writePage('entry.html', '<p class=x>Less is more.</p>');
    const entry = JSON.stringify({ item: 'p.x', fields: { text: ':scope' } });
    const { stdout } = await run('try', path, '--source', entry, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ quotes: [{ text: 'Less is more.', author: '' }] });
  });

  it('reads a saved page by a source of the file, as from its address', async () => {
    const path = writePage('saved.html', pageOf(sayings, { next: 'page/2/' }));
    const from = ['--source', 'wise', '--base-url', `${site.url}/old/`];
    const { stdout } = await run('try', path, ...from, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ nextUrl: `${site.url}/old/page/2/` });
    expect(site.requests).not.toContain('/old/');
  });

  it('believes what is said of the content type', async () => {
    const path = writePage(
      'charset.html',
      '<p class=x>Caf\u00e9 au lait, s\u2019il vous pla\u00eet.</p>',
    );
    const entry = JSON.stringify({ item: 'p.x', fields: { text: ':scope' } });
    const type = ['--content-type', 'text/html; charset=windows-1252'];
    const { stdout } = await run('try', path, '--source', entry, ...type);
    expect(stdout).toContain("charset: windows-1252, which doesn't fit its bytes");
  });

  it('fails when nothing would be published, and says where to look', async () => {
    pages['/'] = '<p>We have moved.</p>';
    const nothing = await run('try', 'wise');
    expect(nothing.code).toBe(1);
    expect(nothing.stdout).toContain("the source's item finds nothing on this page");
    const proposal = await run('try', `${site.url}/`);
    expect(proposal).toMatchObject({ code: 1, stdout: '' });
    expect(proposal.stderr).toContain('nothing on this page looks like quotes');
  });

  it('says which selector is wrong', async () => {
    const entry = JSON.stringify({ item: 'p', fields: { text: 'span[' } });
    const { code, stderr } = await run('try', `${site.url}/`, '--source', entry);
    expect(code).toBe(1);
    expect(stderr).toContain('--source: /fields/text "span[" can\'t be used');
  });

  it('says what there is when it knows no such name', async () => {
    const { code, stderr } = await run('try', 'foolish');
    expect(code).toBe(1);
    expect(stderr).toContain('"foolish" is no file, no URL, and no source in');
    expect(stderr).toContain('it has wise');
  });

  it('stays away where robots.txt says so', async () => {
    const server = createServer((request, response) =>
      response.end(request.url === '/robots.txt' ? 'User-agent: *\nDisallow: /' : pageOf(sayings)),
    );
    servers.push(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { code, stderr } = await run(
      'try',
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    );
    expect(code).toBe(1);
    expect(stderr).toContain("doesn't allow");
  });

  it("keeps the scraper's limits", async () => {
    const env = { SOURCES_FILE: sourcesFile, FETCH_MAX_WIRE_BYTES: '1024' };
    pages['/'] = pageOf([...sayings, ...sayings, ...sayings]);
    const { code, stderr } = await runSourceCommand(['try', 'wise'], env);
    expect(code).toBe(1);
    expect(stderr).toContain('has more than 1024 bytes');
  });

  it('goes to private addresses only when told to', async () => {
    const { code, stderr } = await run('try', 'http://169.254.169.254/');
    expect(code).toBe(1);
    expect(stderr).toContain('say --allow-private here');
  });

  it('prints nothing that a terminal would obey', async () => {
    const evil = '“Red \u001b[31malert\u0007 and \u202ebackwards.”';
    pages['/'] = pageOf([{ text: evil, author: '\u001b]0;title' }]);
    const { stdout } = await run('try', 'wise');
    expect(stdout).toContain('Red \\u{1b}[31malert\\u{7}');
    for (const character of '\u001b\u0007\u202e') expect(stdout).not.toContain(character);
  });
});

describe('npm run source -- add', () => {
  const fileText = () => readFileSync(sourcesFile, 'utf8');

  it('writes the proposal behind the other sources, whose text stays as it is', async () => {
    const before =
      '{\n  "sources": [\n    { "name": "a", "url": "https://a.example/",\n      "item": "p", "fields": {"text": ":scope"} }\n  ]\n}\n';
    writeFileSync(sourcesFile, before);
    const { code, stdout, stderr } = await run('add', `${site.url}/`, '--name', 'added', '--yes');
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('wrote "added"'),
    });
    expect(stdout).toContain('3 quotes would be published');
    const text = fileText();
    expect(text.startsWith(before.slice(0, before.indexOf('\n  ]')))).toBe(true);
    expect(text).toContain('    {\n      "name": "added",\n');
    expect(await run('try', 'added')).toMatchObject({ code: 0 });
  });

  it('writes into an empty list', async () => {
    writeFileSync(sourcesFile, '{ "sources": [] }');
    await run('add', `${site.url}/`, '--name', 'first', '--yes');
    expect(JSON.parse(fileText())).toMatchObject({
      sources: [{ name: 'first', item: 'div.quote' }],
    });
  });

  it('refuses a name that is taken, before it goes anywhere', async () => {
    const before = fileText();
    const requests = site.requests.length;
    const { code, stderr } = await run('add', `${site.url}/`, '--name', 'wise', '--yes');
    expect(code).toBe(1);
    expect(stderr).toContain('has a source "wise" already: choose another with --name');
    expect(fileText()).toBe(before);
    expect(site.requests).toHaveLength(requests);
  });

  it('only shows the proposal to machines', async () => {
    const before = fileText();
    const { code, stdout } = await run('add', `${site.url}/`, '--name', 'shown', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      entry: { name: 'shown', item: 'div.quote' },
      notes: [],
    });
    expect(fileText()).toBe(before);
  });

  it('names the source after its host, and takes a feed from a file', async () => {
    const feed =
      '<rss version="2.0"><channel><item><title>Less is more.</title></item></channel></rss>';
    const path = writePage('feed.xml', feed);
    const { stdout } = await run(
      'add',
      path,
      '--base-url',
      'https://www.example.org/feed',
      '--json',
    );
    expect(JSON.parse(stdout)).toMatchObject({
      entry: { name: 'example-org', url: 'https://www.example.org/feed', kind: 'feed' },
      notes: [expect.stringContaining('no author')],
      quotes: [{ text: 'Less is more.' }],
    });
  });
});

describe('npm run source -- save and check', () => {
  const savedPage = (file: string) => join(dirname(sourcesFile), 'saved-pages', file);

  it('finds the same on a saved page as when it was saved', async () => {
    expect(await run('save', 'wise')).toMatchObject({ code: 0 });
    expect(readFileSync(savedPage('wise.html'), 'utf8')).toBe(pages['/']);
    const expectation = JSON.parse(readFileSync(savedPage('wise.expected.json'), 'utf8')) as object;
    expect(expectation).toMatchObject({
      url: `${site.url}/`,
      count: 3,
      nextUrl: `${site.url}/page/2/`,
    });
    pages = {};
    expect(await run('check')).toEqual({
      code: 0,
      stdout: 'ok  wise  3 quotes\n1 ok, 0 failed, 0 without a saved page\n',
      stderr: '',
    });
  });

  it.for([
    ['fewer quotes', pageOf(sayings.slice(1), { next: '/page/2/' }), '2 quotes where 3 were found'],
    [
      'other quotes',
      pageOf(sayings.toReversed(), { next: '/page/2/' }),
      'as many quotes but others, such as the first and the last',
    ],
    ['no next page', pageOf(sayings), 'the next page is none where it was'],
  ] as const)('fails where it finds %s', async ([, page, difference]) => {
    await run('save', 'wise');
    writeFileSync(savedPage('wise.html'), page);
    const { code, stdout } = await run('check', 'wise');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^failed +wise$/m);
    expect(stdout).toContain(difference);
  });

  it('fails where less is found than the source expects', async () => {
    await run('save', 'wise');
    const source = {
      ...toscrapeSource({ name: 'wise', url: `${site.url}/` }),
      expect: { minItems: 5 },
    };
    writeFileSync(sourcesFile, JSON.stringify({ sources: [source] }));
    const { code, stdout } = await run('check');
    expect(code).toBe(1);
    expect(stdout).toContain('3 quotes where at least 5 are expected');
  });

  it('checks what it can where the file has faults, and reports them', async () => {
    await run('save', 'wise');
    const broken = {
      name: 'broken',
      url: 'https://example.org/',
      item: 'p[',
      fields: { text: 'b' },
    };
    const unsaved = toscrapeSource({ name: 'unsaved', url: 'https://example.org/' });
    const wise = toscrapeSource({ name: 'wise', url: `${site.url}/` });
    writeFileSync(sourcesFile, JSON.stringify({ sources: [broken, wise, unsaved] }));
    const { code, stdout } = await run('check');
    expect(code).toBe(1);
    expect(stdout).toContain('/sources/0/item "p[" can\'t be used');
    expect(stdout).toMatch(/^ok +wise +3 quotes$/m);
    expect(stdout).toMatch(/^no saved page +unsaved +npm run source -- save unsaved$/m);
  });

  it('says which file is damaged', async () => {
    await run('save', 'wise');
    writeFileSync(savedPage('wise.expected.json'), '{"count": 3}');
    const { code, stdout } = await run('check');
    expect(code).toBe(1);
    expect(stdout).toMatch(/wise\.expected\.json: .*save the page again/);
  });

  it('saves a given file, and no page without quotes', async () => {
    const path = writePage('given.html', pageOf(sayings.slice(2)));
    expect(await run('save', 'wise', '--from', path)).toMatchObject({ code: 0 });
    expect((await run('check')).stdout).toContain('wise  1 quote\n');
    const empty = writePage('empty.html', '<p>Nothing.</p>');
    const { code, stderr } = await run('save', 'wise', '--from', empty);
    expect(code).toBe(1);
    expect(stderr).toContain("isn't saved");
    expect((await run('check')).stdout).toContain('wise  1 quote\n');
  });

  it('finds all well with the sources of this repository', async () => {
    const { code, stdout } = await runSourceCommand(['check']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok +sample-site +10 quotes$/m);
  });
});
