import type { ChannelModel } from 'amqplib';
import type { Lock } from '../bus.ts';
import { BusError } from '../errors.ts';
import { endOfChannel, withinCloseTimeout } from './connection.ts';
import type { LiveConnection, SupervisedConnection } from './supervised-connection.ts';

const RESOURCE_LOCKED = 405;

/**
 * Locks as exclusive queues: the broker refuses to declare one that another connection has, and
 * deletes it with its connection.
 *
 * @see https://www.rabbitmq.com/docs/queues#exclusive-queues
 */
export class LockKeeper {
  readonly #connection: SupervisedConnection;
  /** n.b. for the broker all of a process is one holder. */
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

  #lock(name: string, { connection, closed }: LiveConnection): Lock {
    const { promise: released, resolve } = Promise.withResolvers<string>();
    const lost = Promise.race([closed, released]);
    let isHeld = true;
    const letGo = () => {
      // n.b. by now another may hold it
      if (isHeld) this.#held.delete(name);
      isHeld = false;
    };
    void lost.then(letGo);
    const release = async () => {
      await Promise.race([deleteQueue(name, connection), closed]).catch(() => {});
      letGo();
      resolve('released');
    };
    let releasing: Promise<void> | undefined;
    return {
      lost,
      release: () => {
        releasing ??= release();
        return releasing;
      },
    };
  }
}

async function declareExclusive(name: string, connection: ChannelModel): Promise<boolean> {
  const channel = await connection.createChannel();
  void endOfChannel(channel);
  try {
    await channel.assertQueue(name, { exclusive: true, durable: false });
    await withinCloseTimeout(channel.close());
    return true;
  } catch (error) {
    if ((error as { code?: number }).code === RESOURCE_LOCKED) return false;
    throw error;
  }
}

async function deleteQueue(name: string, connection: ChannelModel): Promise<void> {
  const channel = await connection.createChannel();
  void endOfChannel(channel);
  await channel.deleteQueue(name);
  await withinCloseTimeout(channel.close());
}
