import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { serveSite } from '@quotewire/testing/serve-site';
import { toscrapeSource, writeSources } from '@quotewire/testing/write-sources';
import { type Ended, runHere } from './run-here.ts';

export interface Saying {
  readonly text: string;
  readonly author: string;
  readonly tags?: readonly string[];
}

/** What a wise site shows at first. */
export const sayings: readonly [Saying, Saying, Saying] = [
  { text: '“Well begun is half done.”', author: 'Aristotle', tags: ['work', 'beginning'] },
  { text: '“Know thyself.”', author: 'Thales', tags: ['self'] },
  { text: '“Nothing in excess.”', author: 'Solon' },
];

/** A site of one page, and a file with a source "wise" for it. */
export interface WiseSite {
  /** Without a slash at the end. */
  readonly url: string;
  readonly requests: readonly string[];
  /** What it shows at `/`; undefined: nothing. */
  page: string | undefined;
  readonly sourcesFile: string;
  /** Runs the command in this process with that file. */
  readonly run: (...args: string[]) => Promise<Ended>;
  /** Writes a file beside that one, and returns its path. */
  readonly writePage: (name: string, content: string) => string;
}

/** Serves a wise site that lasts as long as the test file. */
export async function serveWiseSite(): Promise<WiseSite> {
  const { url, requests } = await serveSite((path, response) => {
    if (path !== '/' || wise.page === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(wise.page);
  });
  const sourcesFile = writeSources([toscrapeSource({ name: 'wise', url: `${url}/` })]);
  const wise: WiseSite = {
    url,
    requests,
    page: pageOf(sayings, { next: '/page/2/' }),
    sourcesFile,
    run: (...args) => runHere(args, { SOURCES_FILE: sourcesFile }),
    writePage(name, content) {
      const path = join(dirname(sourcesFile), name);
      writeFileSync(path, content);
      return path;
    },
  };
  return wise;
}

/** A page with the markup of quotes.toscrape.com. */
export function pageOf(quotes: readonly Saying[], { next }: { next?: string } = {}): string {
  const items = quotes.map(({ text, author, tags = [] }) => {
    const links = tags.map((tag) => `<a class="tag" href="/tag/${tag}/">${tag}</a>`);
    return `<div class="quote">
      <span class="text">${text}</span><span>by <small class="author">${author}</small></span>
      <div class="tags">${links.join(' ')}</div>
    </div>`;
  });
  const link =
    next === undefined ? '' : `<ul><li class="next"><a href="${next}">Next</a></li></ul>`;
  return `<!DOCTYPE html><meta charset="utf-8"><body>${items.join('\n')}${link}</body>`;
}
