import { closeOnSignal, createLogger, exitWithMessage } from '@quotewire/service';
import { loadConfig } from './config.ts';
import { startAll } from './start-all.ts';

try {
  const config = loadConfig(process.env);
  const logger = createLogger({ name: 'standalone', level: config.logLevel });
  const running = await startAll(config, { logger });
  closeOnSignal(logger, () => running.close());
  console.log(`Quotes live:  ${running.livePage}/`);
  console.log(`The timer:    ${running.controlPage}/`);
  console.log(`A clock:      ${running.clockPage}/`);
  console.log(`A chat:       ${running.chatPage}/`);
  console.log('To stop:      Ctrl-C');
} catch (error) {
  exitWithMessage('standalone', error);
}
