import { findRabbitMqScripts, type PrivateBroker, startPrivateBroker } from '@quotewire/testing';
import { afterAll, beforeAll, describe } from 'vitest';

/** A `describe` whose tests may kill their broker, skipped unless RabbitMQ is installed. `broker()` returns it from `beforeAll` on. */
export function describeWithPrivateBroker(
  name: string,
  define: (broker: () => PrivateBroker) => void,
): void {
  const isInstalled = findRabbitMqScripts() !== undefined;
  if (!isInstalled) console.error(`SKIPPED: ${name}. It needs an installed rabbitmq-server.`);
  // oxlint-disable-next-line vitest/valid-title -- the caller's
  describe.runIf(isInstalled)(name, () => {
    let broker: PrivateBroker | undefined;
    beforeAll(async () => {
      broker = await startPrivateBroker();
    });
    afterAll(() => broker?.stop());
    define(() => {
      if (broker === undefined) throw new Error('broker() returns only while tests run');
      return broker;
    });
  });
}
