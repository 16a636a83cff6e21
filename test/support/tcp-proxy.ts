import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP link that a test can break. */
export interface TcpProxy {
  /** The target's URL, through the proxy. */
  readonly url: string;
  /** Ends all connections and refuses new ones. */
  cut(): Promise<void>;
  /** Lets nothing through, and ends nothing: a half-open link. New connections are accepted and stay silent. */
  stall(): void;
  /** Accepts and lets through again. What was stalled stays lost. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

/** Puts a link that can be broken before a TCP service, for example a broker. */
export async function startTcpProxy(targetUrl: string): Promise<TcpProxy> {
  const target = new URL(targetUrl);
  const targetPort = Number(target.port || 5672);
  const sockets = new Set<Socket>();
  let isStalled = false;

  const server = createServer((incoming) => {
    const outgoing = connect(targetPort, target.hostname);
    link(incoming, outgoing);
    link(outgoing, incoming);
  });

  function link(from: Socket, to: Socket): void {
    sockets.add(from);
    let hasStalled = isStalled;
    from.setNoDelay(true);
    from.on('data', (chunk) => {
      hasStalled ||= isStalled;
      if (!hasStalled) to.write(chunk);
    });
    from.on('error', () => {});
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  }

  async function listen(port: number): Promise<void> {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  }

  async function cut(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server.close(), 'close');
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  await listen(0);
  const { port } = server.address() as AddressInfo;
  const url = new URL(targetUrl);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    cut,
    stall() {
      isStalled = true;
    },
    async heal() {
      isStalled = false;
      if (!server.listening) await listen(port);
    },
    close: cut,
  };
}
