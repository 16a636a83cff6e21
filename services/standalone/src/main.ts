import {
  closeOnSignal,
  createLogger,
  exitWithMessage,
  startTracing,
  warnOfOpenPaths,
} from '@quotewire/service';
import { loadConfig } from './config.ts';
import { startAll } from './start-all.ts';

try {
  const config = loadConfig(process.env);
  const logger = createLogger({ name: 'standalone', level: config.http.logLevel });
  const tracing = await startTracing(process.env, { name: 'standalone', logger });
  const running = await startAll(config, { logger, tracing });
  closeOnSignal(logger, async () => {
    await running.close();
    await tracing?.close();
  });
  warnOfOpenPaths(logger, { http: config.http, adminToken: config.timer.adminToken });
  console.log(`Quotes live:  ${running.url}/`);
  console.log(`The sources:  ${running.url}/sources`);
  console.log(`The timer:    ${running.url}/timer`);
  console.log(`A clock:      ${running.url}/clock`);
  console.log(`A chat:       ${running.url}/chat`);
  console.log('To stop:      Ctrl-C');
} catch (error) {
  exitWithMessage('standalone', error);
}
