import { findRabbitMqScripts, type PrivateBroker, startPrivateBroker } from '@quotewire/testing';
import { afterAll, beforeAll, describe } from 'vitest';

/** A `describe` whose tests may kill their broker, skipped where RabbitMQ isn't installed. `broker()` is there from `beforeAll` on. */
export function describeWithPrivateBroker(
  name: string,
  define: (broker: () => PrivateBroker) => void,
): void {
  const isInstalled = findRabbitMqScripts() !== undefined;
  if (!isInstalled) console.error(`SKIPPED: ${name}. There's no rabbitmq-server to kill here.`);
  // oxlint-disable-next-line vitest/valid-title -- the caller's
  describe.runIf(isInstalled)(name, () => {
    let broker: PrivateBroker | undefined;
    beforeAll(async () => {
      broker = await startPrivateBroker();
    });
    afterAll(() => broker?.stop());
    define(() => {
      if (broker === undefined) throw new Error('there is a broker only while tests run');
      return broker;
    });
  });
}
