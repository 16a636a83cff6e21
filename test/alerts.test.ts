import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectRabbitMq, CONTENT_TYPE, type RabbitMqBus } from '@quotewire/bus';
import { scrapeQueue, scrapeRequested, timerLeaderLock, topologyOf } from '@quotewire/events';
import { eventually, publishRaw, silentLogger } from '@quotewire/testing';
import { serveSite } from '@quotewire/testing/serve-site';
import { toscrapeSource } from '@quotewire/testing/write-sources';
import { connect } from 'amqplib';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { describeWithPrivateBroker } from './support/describe-with-private-broker.ts';
import { describeWithProgram } from './support/describe-with-program.ts';
import { openStream } from './support/open-stream.ts';
import { type Prometheus, startPrometheus } from './support/prometheus.ts';
import { type ListeningProcess, startProcess } from './support/start-process.ts';

const QUOTE =
  '<div class="quote"><span class="text">a quote</span><small class="author">A</small></div>';
const MAX_STREAMS = 3;

describeWithProgram('prometheus', 'an alert', () => {
  describeWithPrivateBroker('about a failure that is made', (broker) => {
    const folder = mkdtempSync(join(tmpdir(), 'quotewire-alerts-'));
    const sourcesFile = join(folder, 'sources.json');
    let healthyUrl = '';
    let prometheus: Prometheus;
    let bus: RabbitMqBus;
    let timer: ListeningProcess;
    let scraper: ListeningProcess;
    let quoteStream: ListeningProcess;

    const firingWith = (alert: string) => prometheus.untilFiring(alert);
    const ends = (alert: string) =>
      eventually(async () => !(await prometheus.firing()).includes(alert), {
        what: `${alert} ends`,
        timeoutMs: 60_000,
      });
    const start = (service: string, env: Record<string, string> = {}) =>
      startProcess(service, {
        env: { AMQP_URL: broker().url, SOURCES_FILE: sourcesFile, ...env },
      });
    const portOf = ({ url }: ListeningProcess) => new URL(url).port;
    const post = (path: string, body: object = {}) =>
      fetch(`${timer.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const openStreamAfter = async (cursor?: string) => {
      const query = cursor === undefined ? '' : `?lastEventId=${cursor}`;
      const stream = await openStream(`${quoteStream.url}/quoteEvent${query}`);
      onTestFinished(() => stream.close());
      return stream;
    };
    const writeSources = (...sources: object[]) =>
      writeFileSync(sourcesFile, JSON.stringify({ sources }));
    const site = async (name: string, answer: Parameters<typeof serveSite>[0]) => {
      const { url } = await serveSite(answer);
      if (name === 'healthy') healthyUrl = url;
      return toscrapeSource({ name, url, intervalSeconds: 1 });
    };
    let healthy: object;

    beforeAll(async () => {
      healthy = await site('healthy', (_path, response) => void response.end(QUOTE));
      writeSources(healthy);
      bus = connectRabbitMq({
        url: broker().url,
        name: 'test',
        topology: topologyOf(),
        logger: silentLogger,
      });
      await bus.firstConnected;
      timer = await start('timer', { TIMER_AUTOSTART: 'true' });
      scraper = await start('scraper');
      quoteStream = await start('quote-stream', { SSE_MAX_CONNECTIONS: String(MAX_STREAMS) });
      const targets = {
        timer: timer.url,
        scraper: scraper.url,
        'quote-stream': quoteStream.url,
      };
      prometheus = await startPrometheus(targets);
    });
    afterAll(async () => {
      await prometheus?.stop();
      await bus?.close();
      rmSync(folder, { recursive: true });
    });

    it('is quiet while everything works', async () => {
      await prometheus.untilScraped();
      await expect.poll(() => prometheus.firing(), { timeout: 30_000 }).toEqual([]);
    });

    it('fires when the sources file is broken, and for each source that needs attention', async () => {
      writeFileSync(sourcesFile, '{');
      expect(await firingWith('QuotewireSourcesFileRefused')).toContain(
        'QuotewireSourcesFileRefused',
      );
      writeSources(
        healthy,
        await site('broken', (_path, response) => void response.end('<p>no quotes here</p>')),
        await site('failing', (_path, response) => void response.writeHead(404).end()),
        await site(
          'blocked',
          (_path, response) => void response.writeHead(429, { 'retry-after': '3600' }).end(),
        ),
      );
      for (const alert of ['SourceBroken', 'SourceFailing', 'SourceBlocked']) {
        expect(await firingWith(`Quotewire${alert}`)).toContain(`Quotewire${alert}`);
      }
      writeSources(healthy);
    });

    it('fires while the timer is stopped', async () => {
      expect((await post('/timer/stop')).status).toBe(202);
      expect(await firingWith('QuotewireTimerStopped')).toContain('QuotewireTimerStopped');
      expect((await post('/timer/start')).status).toBe(202);
      await ends('QuotewireTimerStopped');
    });

    it("fires for what can't be read: an entry of the log, and a job", async () => {
      const body = Buffer.from('not JSON');
      const address = { exchange: 'quotes', routingKey: 'quote.scraped' };
      await publishRaw(broker().url, { ...address, body, contentType: CONTENT_TYPE });
      expect(await firingWith('QuotewireEntriesUnreadable')).toContain(
        'QuotewireEntriesUnreadable',
      );
      await bus.publish(scrapeRequested, jobOf('nobody'));
      expect(await firingWith('QuotewireDeadLetters')).toContain('QuotewireDeadLetters');
    });

    it('fires when browsers miss entries, and when they are turned away', async () => {
      await openStreamAfter('0-0123456789ab');
      expect(await firingWith('QuotewireBrowsersMissEntries')).toContain(
        'QuotewireBrowsersMissEntries',
      );
      for (let n = 0; n < MAX_STREAMS; n += 1) await openStreamAfter();
      expect(await firingWith('QuotewireBrowsersTurnedAway')).toContain(
        'QuotewireBrowsersTurnedAway',
      );
    });

    it('fires while the broker is short of memory, and ticks wait', async () => {
      await broker().setMemoryAlarm(true);
      onTestFinished(() => broker().setMemoryAlarm(false));
      expect(await firingWith('QuotewireBrokerBlocks')).toContain('QuotewireBrokerBlocks');
      expect((await post('/timer/tick')).status).toBe(503);
      expect(await firingWith('QuotewireTicksWait')).toContain('QuotewireTicksWait');
      expect(await firingWith('QuotewirePublishFails')).toContain('QuotewirePublishFails');
      await broker().setMemoryAlarm(false);
      await ends('QuotewireBrokerBlocks');
    });

    it('fires when the work queue is deleted, and when the log is', async () => {
      const connection = await connect(broker().url);
      const channel = await connection.createChannel();
      await channel.deleteQueue(scrapeQueue.name);
      await channel.deleteQueue('quotes.log');
      await connection.close();
      expect(await firingWith('QuotewireQueueDeleted')).toContain('QuotewireQueueDeleted');
      expect(await firingWith('QuotewireLogReplaced')).toContain('QuotewireLogReplaced');
    });

    it('fires when the scraper is gone, and when jobs wait and expire', async () => {
      const PORT = portOf(scraper);
      await scraper.kill9();
      expect(await firingWith('QuotewireProcessDown')).toContain('QuotewireProcessDown');
      expect(await firingWith('QuotewireNobodyTakesJobs')).toContain('QuotewireNobodyTakesJobs');
      const late = Array.from({ length: 600 }, () =>
        bus.publish(scrapeRequested, { ...jobOf('healthy'), expiresAt: '2026-01-01T00:00:00Z' }),
      );
      await Promise.all(late);
      expect(await firingWith('QuotewireJobsWait')).toContain('QuotewireJobsWait');
      scraper = await start('scraper', { PORT });
      expect(await firingWith('QuotewireJobsExpire')).toContain('QuotewireJobsExpire');
      await ends('QuotewireProcessDown');
    });

    it('fires when no timer leads', async () => {
      const PORT = portOf(timer);
      await timer.kill9();
      const lock = await eventually(() => bus.tryLock(timerLeaderLock), {
        what: 'the lock of the leader is free',
      });
      timer = await start('timer', { PORT });
      expect(await firingWith('QuotewireNobodyLeads')).toContain('QuotewireNobodyLeads');
      await lock.release();
      await ends('QuotewireNobodyLeads');
    });

    it('fires when the broker is gone', async () => {
      await broker().kill9();
      expect(await firingWith('QuotewireBrokerUnreachable')).toContain(
        'QuotewireBrokerUnreachable',
      );
      expect(await firingWith('QuotewireLogBehind')).toContain('QuotewireLogBehind');
      await broker().restart();
      await ends('QuotewireBrokerUnreachable');
      await ends('QuotewireLogBehind');
    });

    function jobOf(source: string) {
      return {
        source,
        runId: 'run',
        page: 1,
        url: healthyUrl,
        expiresAt: new Date(Date.now() + 60_000).toISOString(),
      };
    }
  });
});
