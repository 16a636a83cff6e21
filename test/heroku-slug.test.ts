import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@quotewire/testing';
import { serveSite } from '@quotewire/testing/serve-site';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { describeWithBrowser, launchBrowser } from './support/browser.ts';
import { openEventSources, readEventSources } from './support/event-sources.ts';
import { type HerokuRouter, startHerokuRouter } from './support/heroku-router.ts';
import {
  buildSlug,
  describeWhereSlugsAreBuilt,
  type Dyno,
  startDyno,
} from './support/heroku-slug.ts';
import { isLive, quotesOn } from './support/live-page.ts';
import { openStream } from './support/open-stream.ts';

/** Stricter than Heroku's 55 s, so that the test is over sooner. */
const IDLE_MS = 20_000;

describe("the stand-in of Heroku's router", () => {
  it('answers 503 without a dyno, and 503 for a dyno without a first byte', async () => {
    const router = await startHerokuRouter({ firstByteMs: 50 });
    expect((await fetch(`${router.url}/none`)).status).toBe(503);
    const silent = await serveSite(() => {});
    router.route(Number(new URL(silent.url).port));
    expect((await fetch(`${router.url}/late`)).status).toBe(503);
    expect(router.errors).toEqual([
      { code: 'H10', path: '/none' },
      { code: 'H12', path: '/late' },
    ]);
  });

  it('cuts a stream that falls silent', async () => {
    const router = await startHerokuRouter({ idleMs: 50 });
    const site = await serveSite((_path, response) => void response.writeHead(200).write('once'));
    router.route(Number(new URL(site.url).port));
    await (await openStream(`${router.url}/stream`)).waitForEnd();
    expect(router.errors).toEqual([{ code: 'H15', path: '/stream' }]);
  });
});

describeWhereSlugsAreBuilt('a slug on Heroku, as one app', () => {
  describeWithBroker('with a broker', (broker) => {
    let slug: string;
    let router: HerokuRouter;
    let dyno: Dyno;
    const start = async () => {
      dyno = await startDyno(slug, { CLOUDAMQP_URL: broker.url });
      router.route(dyno.port);
      await eventually(async () => (await fetch(`${router.url}/readyz`)).ok, {
        what: 'the dyno is ready',
      });
    };

    beforeAll(async () => {
      slug = await buildSlug();
      router = await startHerokuRouter({ idleMs: IDLE_MS });
      await start();
    });

    it('starts without what is only for development', () => {
      expect(existsSync(join(slug, 'node_modules/fastify'))).toBe(true);
      expect(existsSync(join(slug, 'node_modules/vitest'))).toBe(false);
    });

    it.for(['/', '/sources', '/timer', '/clock', '/chat', '/sample-site/'])(
      'serves the page %s',
      async (path) => {
        const response = await fetch(router.url + path, { headers: { accept: 'text/html' } });
        expect(response.status).toBe(200);
        expect(await response.text()).toContain('</html>');
      },
    );

    it('lets only those with the token tick, and nobody read metrics', async () => {
      const tick = (headers: Record<string, string>) =>
        fetch(`${router.url}/timer/tick`, { method: 'POST', headers });
      expect((await tick({})).status).toBe(401);
      expect((await tick({ authorization: 'Bearer generated-secret' })).status).toBe(202);
      expect((await fetch(`${router.url}/metrics`)).status).toBe(403);
    });

    it("keeps a stream without events beyond the router's patience, by heartbeats", async () => {
      const stream = await openStream(`${router.url}/quoteEvent?author=nobody`);
      const beats = () => stream.events.filter(({ event }) => event === 'heartbeat').length;
      await eventually(() => beats() > 2, { what: 'three heartbeats', timeoutMs: 90_000 });
      expect(router.errors).toEqual([]);
      await stream.close();
    });

    describeWithBrowser('in a browser', () => {
      let browser: Browser;
      let page: Page;
      let native: Page;
      beforeAll(async () => {
        browser = await launchBrowser();
        page = await browser.newPage();
        await page.goto(router.url);
        await isLive(page);
        native = await browser.newPage();
        await native.goto(`${router.url}/livez`);
        await openEventSources(native, ['/quoteEvent?limit=1']);
        await eventually(async () => (await readEventSources(native))[0]?.isOpen, {
          what: 'the EventSource is open',
        });
      });
      afterAll(() => browser?.close());

      it('ends a native EventSource for good by a restart, if it asks while no dyno is there', async () => {
        router.route(undefined);
        expect(await dyno.stop()).toBe(0);
        const refused = (isNative: boolean) =>
          router.errors.some(
            ({ path }) => path.startsWith('/quoteEvent') && path.endsWith('?limit=1') === isNative,
          );
        await eventually(() => refused(true) && refused(false), {
          what: 'the EventSource and the page have been answered with 503',
        });
        await eventually(async () => (await readEventSources(native))[0]?.isClosed, {
          what: 'the EventSource gives up',
        });
      });

      it('continues the live page after the restart, with each quote once', async () => {
        const before = await quotesOn(page);
        await start();
        const shown = await eventually(
          async () => {
            const texts = (await quotesOn(page)).map(({ text }) => text);
            const response = await fetch(`${router.url}/quotes?limit=${texts.length}`);
            const { quotes } = (await response.json()) as { quotes: { text: string }[] };
            const isSame = quotes.map(({ text }) => text).join('\n') === texts.join('\n');
            return texts.length > before.length && isSame ? texts : undefined;
          },
          { what: 'the page shows what the list has, and more than before' },
        );
        expect(new Set(shown).size).toBe(shown.length);
        await isLive(page);
      });
    });

    it('ends with code 0 on SIGTERM', async () => {
      expect(await dyno.stop()).toBe(0);
    });
  });
});
