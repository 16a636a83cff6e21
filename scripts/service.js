// Runs one service in this process: npm run service -- timer
import { existsSync, readdirSync } from 'node:fs';

const services = new URL('../services/', import.meta.url);
const [name = ''] = process.argv.slice(2);
const main = new URL(`${encodeURIComponent(name)}/src/main.ts`, services);

if (name === '' || !existsSync(main)) {
  const names = readdirSync(services).join(', ');
  console.error(`Which service? npm run service -- <name>, where <name> is one of: ${names}`);
  process.exit(1);
}
await import(main.href);
