/** What processes ask each other: why they aren't ready, or their metrics. */
export type Question = 'problems' | 'metrics';

/** What a process tells the other one. */
export type Notice =
  /** From the primary: listen without waiting any longer; end while others serve; end. */
  | { readonly order: 'listen' | 'retire' | 'close' }
  /** From a worker: it listens and has caught up. */
  | { readonly isReady: true }
  /** From a worker that ends: its last metrics. */
  | { readonly lastMetrics: unknown };

type Message =
  | { readonly ask: Question; readonly id: number }
  | { readonly answer: unknown; readonly id: number }
  | { readonly notice: Notice };

/** This process's end of the connection between a primary and a worker, as `node:cluster` makes it. */
export interface ChannelEnd {
  send(message: object, sent: (error: Error | null) => void): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

export interface ChannelOptions {
  /** How long this process waits for an answer. */
  timeoutMs: number;
  answer: (question: Question) => Promise<unknown>;
  onNotice: (notice: Notice) => void;
}

/** Asks, answers and tells over a connection between two processes. */
export class Channel {
  readonly #end: ChannelEnd;
  readonly #timeoutMs: number;
  readonly #open = new Map<number, (answer: unknown) => void>();
  #lastId = 0;

  constructor(end: ChannelEnd, { timeoutMs, answer, onNotice }: ChannelOptions) {
    this.#end = end;
    this.#timeoutMs = timeoutMs;
    end.on('message', (received) => {
      const message = received as Message;
      if ('ask' in message) {
        const { id, ask } = message;
        void answer(ask).then((given) => this.#send({ id, answer: given }));
      } else if ('notice' in message) onNotice(message.notice);
      else if ('answer' in message) this.#open.get(message.id)?.(message.answer);
    });
  }

  /** Resolves with the other process's answer; undefined if it doesn't answer in time. */
  async ask(question: Question): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#open.set(id, resolve);
    const late = setTimeout(resolve, this.#timeoutMs);
    void this.#send({ ask: question, id });
    const answer = await promise;
    clearTimeout(late);
    this.#open.delete(id);
    return answer;
  }

  /** Resolves once the notice has been handed over, or can't be since the other process has ended. */
  async tell(notice: Notice): Promise<void> {
    await this.#send({ notice });
  }

  #send(message: Message): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    try {
      // n.b. a process that has ended receives nothing, which its exit says better than an error
      this.#end.send(message, () => resolve());
    } catch {
      resolve();
    }
    return promise;
  }
}
