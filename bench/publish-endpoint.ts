import { createServer, type RequestListener, type Server } from 'node:http';

/** A publisher may wait for the others for so long. */
const KEEP_ALIVE_MS = 60_000;

/** Where a server listens. */
export interface Listen {
  readonly port: number;
  readonly host: string;
  readonly backlog: number;
}

/**
 * An HTTP server whose `POST /publish` hands its body to `broadcast` and answers 204; all else goes
 * to `handler`. It's the same for all servers in Node, before any framework, so that only fan-out differs.
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
