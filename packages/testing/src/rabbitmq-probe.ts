import { connect } from 'amqplib';

/** A message as it lies in a queue. */
export interface RawMessage {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Takes all that's ready out of a queue. */
export async function drainQueue(url: string, queueName: string): Promise<RawMessage[]> {
  const connection = await connect(url);
  try {
    const channel = await connection.createChannel();
    const messages: RawMessage[] = [];
    for (;;) {
      const message = await channel.get(queueName, { noAck: true });
      if (message === false) return messages;
      messages.push({ body: message.content, headers: message.properties.headers ?? {} });
    }
  } finally {
    await connection.close();
  }
}

/** How many messages of a queue wait for a consumer. */
export async function readyIn(url: string, queueName: string): Promise<number> {
  const connection = await connect(url);
  try {
    const channel = await connection.createChannel();
    return (await channel.checkQueue(queueName)).messageCount;
  } finally {
    await connection.close();
  }
}

/** Publishes bytes as they are, past all checks; resolves when the broker has them. */
export async function publishRaw(
  url: string,
  message: {
    exchange: string;
    routingKey: string;
    body: Buffer;
    contentType?: string;
    messageId?: string;
  },
): Promise<void> {
  const { exchange, routingKey, body, ...properties } = message;
  const connection = await connect(url);
  try {
    const channel = await connection.createConfirmChannel();
    channel.publish(exchange, routingKey, body, properties);
    await channel.waitForConfirms();
  } finally {
    await connection.close();
  }
}
