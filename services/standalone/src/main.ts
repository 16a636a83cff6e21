import { closeOnSignal, createLogger, exitWithMessage } from '@quotewire/service';
import { startAll } from './start-all.ts';

try {
  const logger = createLogger({ name: 'standalone', level: process.env.LOG_LEVEL || 'warn' });
  const running = await startAll(process.env, { logger });
  closeOnSignal(logger, () => running.close());
  console.log(`Quotes live:  ${running.livePage}/`);
  console.log(`The timer:    ${running.controlPage}/`);
  console.log('To stop:      Ctrl-C');
} catch (error) {
  exitWithMessage('standalone', error);
}
