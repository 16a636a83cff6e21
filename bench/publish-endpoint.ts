import { createServer, type RequestListener, type Server } from 'node:http';

/** The keep-alive timeout of a publisher that waits for the others. */
const KEEP_ALIVE_MS = 60_000;

/** The address of a server. */
export interface Listen {
  readonly port: number;
  readonly host: string;
  readonly backlog: number;
}

/**
 * Creates an HTTP server whose `POST /publish` passes its body to `broadcast` and answers 204; other
 * requests go to `handler`. All servers in Node share it, without a framework, so that only the fan-out differs.
 */
export function createServerWithPublish(
  broadcast: (data: string) => void,
  handler: RequestListener,
): Server {
  return createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    if (request.url !== '/publish') {
      handler(request, response);
      return;
    }
    let data = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      data += chunk;
    });
    request.on('end', () => {
      broadcast(data);
      response.writeHead(204);
      response.end();
    });
  });
}
