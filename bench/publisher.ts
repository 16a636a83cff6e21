import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const CLOSED = 'the server closed the connection of a publisher';
const HEAD_END = '\r\n\r\n';

/** A keep-alive connection that publishes one event at a time. */
export class Publisher {
  readonly #socket: Socket;
  #received = '';
  #answered: PromiseWithResolvers<void> | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1').setNoDelay();
    socket.on('data', (text: unknown) => this.#onText(String(text)));
    socket.on('error', (err) => this.#answered?.reject(err));
    socket.on('close', () => this.#answered?.reject(new Error(CLOSED)));
  }

  static async connect(port: number): Promise<Publisher> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Publisher(socket);
  }

  /** Resolves with the response; rejects if the server refuses the event. */
  async publish(data: string): Promise<void> {
    if (this.#socket.destroyed) throw new Error(CLOSED);
    this.#answered = Promise.withResolvers();
    this.#socket.write(
      `POST /publish HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(data)}\r\n\r\n${data}`,
    );
    await this.#answered.promise;
  }

  close(): void {
    this.#answered = undefined;
    this.#socket.destroy();
  }

  #onText(text: string): void {
    this.#received += text;
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.#received.slice(0, headEnd);
    const [, bodyLength = '0'] = /content-length: (\d+)/i.exec(head) ?? [];
    if (this.#received.length < headEnd + HEAD_END.length + Number(bodyLength)) return;
    this.#received = '';
    if (head.startsWith('HTTP/1.1 2')) this.#answered?.resolve();
    else this.#answered?.reject(new Error(`an event was refused: ${head.split('\r\n', 1)[0]}`));
  }
}
