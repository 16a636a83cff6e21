import type { ChannelModel } from 'amqplib';
import type { Lock } from '../bus.ts';
import { BusError } from '../errors.ts';
import { answered } from './answered.ts';
import { closeQuietly, openChannel } from './connection.ts';
import { explain } from './explain.ts';
import type { LiveConnection, SupervisedConnection } from './supervised-connection.ts';

const RESOURCE_LOCKED = 405;

/**
 * Implements locks as exclusive queues: the broker refuses the declaration while another connection
 * owns the queue, and deletes the queue with its connection.
 *
 * @see https://www.rabbitmq.com/docs/queues#exclusive-queues
 */
export class LockKeeper {
  readonly #connection: SupervisedConnection;
  /** n.b. exclusivity is per connection: the broker lets this process declare its own queue again. */
  readonly #held = new Set<string>();

  constructor(connection: SupervisedConnection) {
    this.#connection = connection;
  }

  async tryLock(name: string): Promise<Lock | undefined> {
    const live = this.#connection.live;
    if (live === undefined) throw new BusError('CLOSED', `no connection for the lock ${name}`);
    if (this.#held.has(name)) return undefined;
    this.#held.add(name);
    try {
      if (await declareExclusive(name, live.connection)) return this.#lock(name, live);
      this.#held.delete(name);
      return undefined;
    } catch (error) {
      this.#held.delete(name);
      throw error;
    }
  }

  #lock(name: string, { connection, ended }: LiveConnection): Lock {
    const { promise: lost, resolve: lose } = Promise.withResolvers<string>();
    let isHeld = true;
    const finish = (reason: string) => {
      ended.removeEventListener('abort', onEnded);
      // a second call must not drop a lock acquired since
      if (isHeld) this.#held.delete(name);
      isHeld = false;
      lose(reason);
    };
    const onEnded = () => finish(explain(ended.reason));
    ended.addEventListener('abort', onEnded);
    if (ended.aborted) onEnded();
    let releasing: Promise<void> | undefined;
    return {
      lost,
      release: () => {
        releasing ??= deleteQueue(name, connection)
          .catch(() => {})
          .then(() => finish('released'));
        return releasing;
      },
    };
  }
}

async function declareExclusive(name: string, connection: ChannelModel): Promise<boolean> {
  const channel = await openChannel(connection);
  try {
    const options = { exclusive: true, durable: false };
    await answered(channel.assertQueue(name, options), `the queue ${name}`);
    return true;
  } catch (error) {
    if ((error as { code?: number }).code === RESOURCE_LOCKED) return false;
    throw error;
  } finally {
    await closeQuietly(channel);
  }
}

async function deleteQueue(name: string, connection: ChannelModel): Promise<void> {
  const channel = await openChannel(connection);
  try {
    await answered(channel.deleteQueue(name), `the queue ${name}`);
  } finally {
    await closeQuietly(channel);
  }
}
