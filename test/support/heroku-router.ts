import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  request as send,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

/** A request that the router answered itself or cut, by Heroku's code. */
export interface RouterError {
  readonly code: 'H10' | 'H12' | 'H13' | 'H15';
  readonly path: string;
}

/** A stand-in of Heroku's router in front of one dyno. */
export interface HerokuRouter {
  readonly url: string;
  readonly errors: readonly RouterError[];
  /** Sends requests to the dyno on this port from now on; undefined while there's none. */
  route(port: number | undefined): void;
}

const closing: (() => void)[] = [];

// runs at the end of each test file that imports this one
afterAll(() => {
  for (const close of closing) close();
});

/**
 * Plays the rules of Heroku's router: 503 without a dyno that accepts connections, 503 without a first
 * byte in time, the end of a response after a silence, and its headers.
 *
 * @see https://devcenter.heroku.com/articles/http-routing
 */
export async function startHerokuRouter({
  firstByteMs = 30_000,
  idleMs = 55_000,
} = {}): Promise<HerokuRouter> {
  const errors: RouterError[] = [];
  let dyno: number | undefined;

  const forward = (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '/';
    const report = (code: RouterError['code']) => errors.push({ code, path });
    const refuse = (code: RouterError['code']) => {
      report(code);
      response.writeHead(503, { 'content-type': 'text/html' }).end('Application error');
    };
    if (dyno === undefined) return refuse('H10');
    const headers = headersFor(request);
    const { method } = request;
    const forwarded = send({ host: '127.0.0.1', port: dyno, method, path, headers, agent: false });
    let timer = setTimeout(() => {
      refuse('H12');
      forwarded.destroy();
    }, firstByteMs);
    const restart = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        report('H15');
        response.destroy();
      }, idleMs);
    };
    forwarded.on('response', (answer) => {
      restart();
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, via: '1.1 heroku-router' });
      response.flushHeaders();
      answer.on('data', restart);
      answer.on('error', () => response.destroy());
      answer.pipe(response);
    });
    forwarded.on('error', (error: NodeJS.ErrnoException) => {
      if (response.headersSent || response.destroyed) response.destroy();
      else refuse(error.code === 'ECONNREFUSED' ? 'H10' : 'H13');
    });
    response.on('close', () => {
      clearTimeout(timer);
      forwarded.destroy();
    });
    request.pipe(forwarded);
  };

  const server = createServer(forward);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    errors,
    route(port) {
      dyno = port;
    },
  };
}

/** A public address. */
const VISITOR = '203.0.113.7';

function headersFor({ headers }: IncomingMessage): Record<string, string | string[]> {
  const { connection: _, ...rest } = headers;
  const visitors = [headers['x-forwarded-for'] ?? [], VISITOR].flat();
  return {
    ...(rest as Record<string, string | string[]>),
    'x-forwarded-for': visitors.join(', '),
    'x-forwarded-proto': 'https',
    'x-forwarded-port': '443',
    'x-request-id': randomUUID(),
    'x-request-start': String(Date.now()),
    via: '1.1 heroku-router',
  };
}
