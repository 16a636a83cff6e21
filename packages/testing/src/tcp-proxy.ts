import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { within } from './eventually.ts';

/** A TCP link that a test can break. */
export interface TcpProxy {
  /** The target's URL, through the proxy. */
  readonly url: string;
  /** Ends all connections and refuses new ones. */
  cut(): Promise<void>;
  /** Cuts the link after this many more bytes in both directions together; resolves then. */
  cutAfter(bytes: number): Promise<void>;
  /** Lets nothing through, not even the end of a connection: a half-open link. New connections are accepted and stay silent. */
  stall(): void;
  /** Lets nothing through for now, but loses nothing: a congested link. */
  hold(): void;
  /** Forwards the held bytes, and all later ones. */
  release(): void;
  /** Accepts and forwards again. Stalled bytes stay lost. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

/** Puts a link that can be broken before a TCP service, for example a broker. */
export async function startTcpProxy(targetUrl: string): Promise<TcpProxy> {
  const target = new URL(targetUrl);
  const targetPort = Number(target.port || 5672);
  const sockets = new Set<Socket>();
  let isStalled = false;
  let bytesUntilCut = Number.POSITIVE_INFINITY;
  let onBytesPassed = () => {};

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
      if (hasStalled || bytesUntilCut <= 0) return;
      to.write(chunk);
      bytesUntilCut -= chunk.byteLength;
      if (bytesUntilCut <= 0) onBytesPassed();
    });
    from.on('error', () => {});
    from.on('close', () => {
      sockets.delete(from);
      // the peer of a silent link isn't notified
      hasStalled ||= isStalled;
      if (!hasStalled) to.destroy();
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
    async cutAfter(bytes) {
      bytesUntilCut = bytes;
      await within(
        new Promise<void>((resolve) => {
          onBytesPassed = resolve;
        }),
        { what: `${bytes} bytes pass the link` },
      );
      await cut();
      bytesUntilCut = Number.POSITIVE_INFINITY;
    },
    stall() {
      isStalled = true;
    },
    hold() {
      for (const socket of sockets) socket.pause();
    },
    release() {
      for (const socket of sockets) socket.resume();
    },
    async heal() {
      isStalled = false;
      if (!server.listening) await listen(port);
    },
    close: cut,
  };
}
