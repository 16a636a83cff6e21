import { randomUUID } from 'node:crypto';
import { topologyOf } from '@quotewire/events';
import { createVhost, deleteTopology, deleteVhost } from '@quotewire/testing';
import { afterAll, beforeAll, describe, inject } from 'vitest';

/** An isolated part of a broker. */
export interface Broker {
  /** A value for AMQP_URL. */
  readonly url: string;
  /** Deletes its queues and exchanges. Idempotent. */
  close(): Promise<void>;
}

/**
 * Creates an empty vhost, or, without permission to, empties the one that `AMQP_URL` names of the queues and
 * exchanges of Quotewire. Rejects without a broker: see `describeWithBroker`.
 */
export async function useBroker(): Promise<Broker> {
  const found = inject('broker');
  if (found === null) throw new Error("there's no broker: use describeWithBroker");
  const { url, vhostMaker } = found;
  if (vhostMaker === undefined) {
    await deleteTopology(url, topologyOf());
    return { url, close: () => deleteTopology(url, topologyOf()) };
  }
  const vhost = `quotewire-test-${randomUUID()}`;
  await createVhost(vhost, vhostMaker);
  const ours = new URL(url);
  ours.pathname = `/${vhost}`;
  let closing: Promise<void> | undefined;
  return {
    url: ours.href,
    close() {
      closing ??= deleteVhost(vhost, vhostMaker);
      return closing;
    },
  };
}

/** A `describe` with an empty vhost for its tests, skipped without a broker. `broker.url` is defined from `beforeAll` on. */
export function describeWithBroker(
  name: string,
  define: (broker: { readonly url: string }) => void,
): void {
  // oxlint-disable-next-line vitest/valid-title -- the caller's
  describe.runIf(inject('broker') !== null)(name, () => {
    let broker: Broker | undefined;
    beforeAll(async () => {
      broker = await useBroker();
    });
    afterAll(() => broker?.close());
    define({
      get url() {
        if (broker === undefined) throw new Error('broker.url is defined only while tests run');
        return broker.url;
      },
    });
  });
}
