// Runs one service in this process: npm run service -- --help
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// before anything in TypeScript is imported, so that the next start finds it compiled; threads read the variable
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL('../node_modules/.cache/compile', import.meta.url),
);
enableCompileCache(process.env.NODE_COMPILE_CACHE);
const { asksForHelp, formatList, formatSettings } = await import('@quotewire/terminal');

const services = new URL('../services/', import.meta.url);
const names = readdirSync(services).filter((name) =>
  existsSync(new URL(`${name}/src/main.ts`, services)),
);
const [name, ...others] = process.argv.slice(2).filter((word) => !asksForHelp([word]));

/**
 * Ends this process when the one that started it has ended. n.b. npm starts scripts through a shell; a
 * signal for npm alone ends the two, and would leave this process and its ports behind.
 */
function endWithParent() {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, 500).unref();
}

/** Fails in one line that says what to do instead. */
function refuse(problem) {
  console.error(
    `${problem} (${commandOf(names.includes(name) ? name : undefined)} --help lists all)`,
  );
  process.exit(2);
}

function commandOf(service) {
  if (service === 'standalone') return 'npm start --';
  return service === undefined ? 'npm run service --' : `npm run service -- ${service}`;
}

function manifestOf(service) {
  return JSON.parse(readFileSync(new URL(`${service}/package.json`, services), 'utf8'));
}

function usage() {
  return `Usage: npm run service -- <name>

Runs one service in this process, with the settings in its environment.

${formatList([...names.map((service) => [service, manifestOf(service).description]), ['<name> --help', 'prints the settings of one of them'], ['--help', 'prints this']])}

For example:
  npm run service -- sample-site
  PORT=9083 AMQP_URL=amqp://guest:guest@127.0.0.1:5672 npm run service -- quote-stream`;
}

async function usageOf(service) {
  const { busSettings } = await import('@quotewire/service');
  const { Settings } = await import(new URL(`${service}/src/config.ts`, services).href);
  const { description, dependencies } = manifestOf(service);
  const usesBus = '@quotewire/bus' in dependencies;
  const isStandalone = service === 'standalone';
  const command = isStandalone ? 'npm start' : commandOf(service);
  const example = isStandalone ? 'PORT=9080 LOG_LEVEL=info' : 'PORT=9000 LOG_LEVEL=debug';
  const further = isStandalone
    ? '\n\nEach service has further ones that apply here too: npm run service -- <name> --help'
    : '';
  return `Usage: ${command}

${description} It has no options; these variables of the environment are its settings:

${formatSettings({ ...Settings.properties, ...(usesBus ? busSettings : {}) })}${further}

For example:
  ${example} ${command}`;
}

if (asksForHelp(process.argv.slice(2))) {
  console.log(names.includes(name) ? await usageOf(name) : usage());
} else if (!names.includes(name)) {
  const problem = name === undefined ? 'a service is missing' : `there is no service "${name}"`;
  refuse(`${problem}: use ${names.join(', ')}`);
} else if (others.length > 0) {
  refuse(
    `"${others.join(' ')}" isn't understood: ${name} has no options, only settings in the environment`,
  );
} else {
  if (process.env.npm_lifecycle_event !== undefined) endWithParent();
  await import(new URL(`${name}/src/main.ts`, services).href);
}
