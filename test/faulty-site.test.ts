import { eventually } from '@quotewire/testing';
import type { Site } from '@quotewire/testing/serve-site';
import { toscrapeSource, writeSources } from '@quotewire/testing/write-sources';
import { beforeAll, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import {
  faultNames,
  type FaultName,
  HEALTHY_PAGES,
  QUOTES_PER_PAGE,
  serveFaultySite,
} from './support/faulty-site.ts';
import { type ListeningProcess, startProcess } from './support/start-process.ts';

interface SourceView {
  readonly name: string;
  readonly status: { readonly state: string; readonly detail: string } | null;
  readonly blockedUntil: string | null;
  readonly nextPage: string | null;
  readonly newsAt: string | null;
  readonly work: object | null;
}

const BOUND = 2;
/** Long enough for every other site, also on a busy machine. */
const TIMEOUT_SECONDS = 8;

/** The additional settings of some sources. */
const settings: Partial<Record<FaultName, object>> = {
  endless: { maxPages: BOUND },
  'slow-to-read': { item: 'p:has(~ p:has(~ p:has(~ p:has(b))))' },
};

/** The state that each fault leads to. */
const outcomes: [FaultName, string, string][] = [
  ['rate-limited', 'blocked', 'answered 429'],
  ['unavailable', 'failing', 'answered 503'],
  ['missing', 'failing', 'answered 404'],
  ['slow-drip', 'failing', `the request took longer than ${TIMEOUT_SECONDS} s`],
  ['cut-body', 'failing', "can't be fetched"],
  ['wrong-charset', 'broken', "isn't in its declared charset"],
  ['hostile', 'broken', 'nests elements more than 1000 deep'],
  ['slow-to-read', 'broken', 'took longer than 5000 ms to parse'],
  ['redirect-loop', 'failing', 'redirects more than 5 times'],
  ['private-redirect', 'failing', 'to another site'],
  ['gzip-bomb', 'failing', 'more than 2097152 bytes when decoded'],
  ['endless', 'ok', 'the next run resumes at'],
  ['huge', 'failing', 'more than 1048576 bytes'],
  ['healthy', 'ok', 'the last page'],
  ['changed-markup', 'ok', 'the last page'],
];

describeWithBroker('sites with faults', (broker) => {
  let env: Record<string, string>;
  let timer: ListeningProcess;
  let scraper: ListeningProcess;
  let quoteStream: ListeningProcess;
  const sites = new Map<FaultName, Site>();

  const viewOf = async (name: FaultName, { url } = scraper): Promise<SourceView | undefined> => {
    const { sources } = (await (await fetch(`${url}/sources`)).json()) as {
      sources: SourceView[];
    };
    return sources.find((source) => source.name === name);
  };
  const untilIs = (name: FaultName, state: string) =>
    eventually(
      async () => {
        const view = await viewOf(name);
        return view?.status?.state === state ? { ...view, status: view.status } : undefined;
      },
      { what: `${name} is ${state}`, timeoutMs: 100_000 },
    );

  beforeAll(async () => {
    for (const name of faultNames) sites.set(name, await serveFaultySite(name));
    const sources = [...sites].map(([name, { url }]) => ({
      ...toscrapeSource({ name, url: `${url}/` }),
      ...settings[name],
    }));
    env = {
      AMQP_URL: broker.url,
      SOURCES_FILE: writeSources(sources),
      FETCH_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS),
    };
    [timer, scraper, quoteStream] = await Promise.all([
      startProcess('timer', { env }),
      startProcess('scraper', { env }),
      startProcess('quote-stream', { env }),
    ]);
    for (const { url } of [timer, scraper, quoteStream]) {
      await eventually(async () => (await fetch(`${url}/readyz`)).ok, { what: `${url} is ready` });
    }
    await fetch(`${timer.url}/timer/tick`, { method: 'POST' });
  });

  it('are all scraped', () => {
    expect(outcomes.map(([name]) => name).toSorted()).toEqual(faultNames.toSorted());
  });

  it.for(outcomes)('report %s: %s', async ([name, state, detail]) => {
    const { status } = await untilIs(name, state);
    expect(status.detail).toContain(detail);
  });

  it('become broken when their markup changes', async () => {
    await untilIs('changed-markup', 'ok');
    await fetch(`${timer.url}/timer/tick`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ source: 'changed-markup' }),
    });
    const { status } = await untilIs('changed-markup', 'broken');
    expect(status.detail).toContain('has 0 quotes');
  });

  it('receive no request until their Retry-After has passed', async () => {
    const { blockedUntil } = await untilIs('rate-limited', 'blocked');
    expect(Date.parse(blockedUntil ?? '') - Date.now()).toBeGreaterThan(3_000_000);
    expect(sites.get('rate-limited')?.requests).toEqual(['/']);
  });

  it('are read to maxPages, and the next run resumes there', async () => {
    const endless = sites.get('endless');
    const { nextPage } = await untilIs('endless', 'ok');
    expect(nextPage).toBe(`${endless?.url}/page/${BOUND + 1}/`);
    expect(endless?.requests).toEqual(['/', '/page/2/']);
  });

  it('are known to another scraper from the log', async () => {
    await untilIs('healthy', 'ok');
    const other = await startProcess('scraper', { env });
    for (const name of ['healthy', 'rate-limited', 'redirect-loop', 'endless'] as const) {
      const view = await viewOf(name);
      const learnt = await eventually(
        async () => {
          const found = await viewOf(name, other);
          return found?.status && found;
        },
        { what: `the other scraper knows the state of ${name}` },
      );
      expect(learnt).toEqual({ ...view, work: null });
      expect(learnt.newsAt !== null).toBe(['healthy', 'endless'].includes(name));
    }
    await other.terminate();
  });

  it('are counted by state', async () => {
    const metrics = await (await fetch(`${scraper.url}/metrics`)).text();
    expect(metrics).toContain('downloader_response_status_count_total{status="429"} 1\n');
    expect(metrics).toContain('scraper_sources{state="blocked"} 1\n');
    expect(metrics).toContain(
      `item_scraped_count_total{source="endless"} ${BOUND * QUOTES_PER_PAGE}\n`,
    );
  });

  it('affect no quotes of other sites, and publish none that is truncated', async () => {
    await untilIs('healthy', 'ok');
    const texts = await eventually(
      async () => {
        const { quotes } = (await (await fetch(`${quoteStream.url}/quotes?limit=100`)).json()) as {
          quotes: { source: string; text: string }[];
        };
        expect(quotes.filter(({ source }) => source === 'cut-body')).toEqual([]);
        const found = quotes.filter(({ source }) => source === 'healthy');
        return found.length >= HEALTHY_PAGES * QUOTES_PER_PAGE && found.map(({ text }) => text);
      },
      { what: 'all quotes of the healthy source' },
    );
    const expected = Array.from({ length: HEALTHY_PAGES }, (_, page) =>
      Array.from({ length: QUOTES_PER_PAGE }, (_, index) => `healthy ${page + 1}.${index}`),
    );
    expect(texts.toSorted()).toEqual(expected.flat().toSorted());
  });
});
