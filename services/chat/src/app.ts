import { randomUUID } from 'node:crypto';
import type { Bus, LogEntry } from '@quotewire/bus';
import { chatLog, ChatMessage, messagePosted } from '@quotewire/events';
import {
  type App,
  createApp,
  httpError,
  type Logger,
  type Metrics,
  sendHtml,
  servePages,
} from '@quotewire/service';
import { ConnectionLimit, deliverySeconds, Hub, sseCounters, stream } from '@quotewire/sse';
import { Type } from 'typebox';
import type { ChatConfig } from './config.ts';
import { createRateLimit } from './rate-limit.ts';

export type ChatParts = { config: ChatConfig; bus: Bus; logger: Logger; metrics: Metrics };

const Post = Type.Pick(ChatMessage, ['sender', 'message'], { additionalProperties: false });
const HIDDEN = { schema: { hide: true } };
const VISIBLE = /[^\s\p{Cc}\p{Cf}]/u;
/** Messages that a stream begins with by default. */
const NEWEST = 100;
/** Entries of the log that a start reads; older cursors have expired. */
const START_ENTRIES = 5_000;

/** Builds the chat as an app of its own. */
export async function buildChatApp(parts: ChatParts): Promise<App> {
  const { http } = parts.config;
  const app = await createApp({ title: 'Quotewire chat', ...parts, http, home: '/chat' });
  await app.register(chat, parts);
  return app;
}

/** The chat, a Fastify plugin: a message posted to one replica reaches the browsers of all replicas through the log. */
export async function chat(app: App, { config, bus, metrics }: ChatParts): Promise<void> {
  const { http } = config;
  const count = metrics.counters(sseCounters);
  const connectionLimit = new ConnectionLimit(config.stream);
  metrics.gauge('sse_clients_connected', {
    help: 'Open streams.',
    read: () => connectionLimit.size,
  });
  const onDelivered = metrics.histogram('sse_delivery_seconds', deliverySeconds);
  const hub = new Hub({ historyMaxBytes: chatLog.maxBytes, count, onDelivered });
  let refusal: string | undefined = 'filling';
  const append = ({ event, ...place }: LogEntry<typeof messagePosted>) => {
    if (event === undefined) return hub.append(place);
    const shown = { ...place, data: JSON.stringify(event.data), key: event.data.id };
    const isLive = refusal === undefined;
    hub.append(isLive ? { ...shown, publishedAtMs: Date.parse(event.time) } : shown);
  };
  const follower = bus.follow(chatLog, append, {
    newest: START_ENTRIES,
    onGap: (reason) => hub.interrupt(reason),
  });
  void follower.caughtUp.then(() => (refusal = undefined)).catch(() => {});

  app.addReadinessCheck(() => [...bus.problems(), ...(hub.isDraining ? ['closing'] : [])]);
  app.addHook('onClose', () => follower.close());
  const page = await servePages(app, {
    folder: new URL('../public/', import.meta.url),
    assets: '/chat/assets/',
    files: { 'chat.html': 'chat', 'stream.html': 'chat' },
    http,
  });
  app.get('/chat', HIDDEN, (_request, reply) => sendHtml(reply, page('chat.html')));
  app.get('/chat/stream', HIDDEN, (_request, reply) => sendHtml(reply, page('stream.html')));
  const fastPath = { trustProxy: http.trustProxy };
  const { compresses, drainMs } = config.stream;
  const limits = { connectionLimit, refusal: () => refusal, fastPath, compresses, drainMs, count };
  await app.register(stream, { path: '/messages', hub, newest: NEWEST, ...limits });

  const takeToken = createRateLimit(config.rate);
  app.post('/messages', {
    schema: { summary: 'Post a message.', body: Post, response: { 201: ChatMessage } },
    config: { rateLimit: false },
    async onRequest({ ip }, reply) {
      const seconds = Math.ceil(takeToken(ip, Date.now()) / 1_000);
      if (seconds === 0) return;
      reply.header('retry-after', seconds);
      throw httpError(429, `too many messages: wait ${seconds} s`);
    },
    async preValidation({ body }) {
      body.sender = tidy(body.sender);
      body.message = tidy(body.message);
    },
    async handler({ body }, reply) {
      const [reason] = bus.problems();
      if (reason !== undefined)
        throw httpError(503, `the message wasn't posted, try again: ${reason}`);
      const message = { id: randomUUID(), ...body, sentAt: new Date().toISOString() };
      await bus.publish(messagePosted, message).catch((cause: Error) => {
        throw httpError(
          503,
          `the message may not have been posted, check before you try again: ${cause.message}`,
          { cause },
        );
      });
      return reply.code(201).send(message);
    },
  });
}

/** Trims a text. Returns an empty text, which the schema refuses, if no character is visible. */
function tidy(text: unknown): string {
  if (typeof text !== 'string') throw httpError(400, 'sender and message are required, as strings');
  return VISIBLE.test(text) ? text.trim() : '';
}
