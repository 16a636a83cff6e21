import { randomUUID } from 'node:crypto';
import type { Bus, LogEntry } from '@quotewire/bus';
import { chatLog, ChatMessage, messagePosted } from '@quotewire/events';
import { type App, createApp, type Logger, type Metrics, servePages } from '@quotewire/service';
import { Admission, Hub, sseCounters, stream } from '@quotewire/sse';
import { Type } from 'typebox';
import type { ChatConfig } from './config.ts';
import { createRateLimit } from './rate-limit.ts';

export type ChatParts = { config: ChatConfig; bus: Bus; logger: Logger; metrics: Metrics };

const Post = Type.Pick(ChatMessage, ['sender', 'message'], { additionalProperties: false });
const VISIBLE = /[^\s\p{Cc}\p{Cf}]/u;
/** Messages that a browser gets first when it doesn't say how many. */
const NEWEST = 100;

/** The chat: what's posted to one replica comes to the browsers of all, once the log has it. */
export async function buildChatApp({ config, bus, logger, metrics }: ChatParts): Promise<App> {
  const { http } = config;
  const count = metrics.counters(sseCounters);
  const admission = new Admission(config.stream);
  metrics.gauge('sse_clients_connected', { help: 'Open streams.', read: () => admission.size });
  const hub = new Hub({ historyMaxBytes: chatLog.maxBytes, count });
  let refusal: string | undefined = 'filling';
  const append = ({ event, ...place }: LogEntry<typeof messagePosted>) =>
    hub.append(event ? { ...place, data: JSON.stringify(event.data), key: event.data.id } : place);
  const follower = bus.follow(chatLog, append, { onGap: (reason) => hub.interrupt(reason) });
  void follower.caughtUp.then(() => (refusal = undefined)).catch(() => {});

  const problems = () => bus.problems();
  const app = await createApp({ title: 'Quotewire chat', http, logger, metrics, problems });
  app.addHook('onClose', () => follower.close());
  await servePages(app, new URL('../public/', import.meta.url));
  app.get('/stream', (_request, reply) => reply.sendFile('stream.html'));
  const front = { trustProxy: http.trustProxy };
  const { drainMs } = config.stream;
  const limits = { admission, refusal: () => refusal, front, drainMs, count };
  await app.register(stream, { path: '/messages', hub, newest: NEWEST, ...limits });

  const takeToken = createRateLimit(config.rate);
  app.post('/messages', {
    schema: { summary: 'Say something.', body: Post, response: { 201: ChatMessage } },
    config: { rateLimit: false },
    async onRequest({ ip }, reply) {
      const seconds = Math.ceil(takeToken(ip, Date.now()) / 1_000);
      if (seconds === 0) return;
      reply.header('retry-after', seconds);
      throw problem(429, `too many messages: wait ${seconds} s`);
    },
    async preValidation({ body }) {
      body.sender = tidy(body.sender);
      body.message = tidy(body.message);
    },
    async handler({ body }, reply) {
      const [why] = bus.problems();
      if (why !== undefined) throw problem(503, `it can't be posted now, try again: ${why}`);
      const message = { id: randomUUID(), ...body, sentAt: new Date().toISOString() };
      await bus.publish(messagePosted, message).catch((cause: Error) => {
        throw problem(503, `see whether it's there, then try again: ${cause.message}`, { cause });
      });
      return reply.code(201).send(message);
    },
  });
  return app;
}

/** Without the space around it; nothing is left, which the schema refuses, where nothing can be seen. */
function tidy(text: unknown): string {
  if (typeof text !== 'string') throw problem(400, 'sender and message are needed, as texts');
  return VISIBLE.test(text) ? text.trim() : '';
}

function problem(statusCode: number, message: string, options?: ErrorOptions): Error {
  return Object.assign(new Error(message, options), { statusCode });
}
