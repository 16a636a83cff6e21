import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { erlangBinary, type ErlangNode, evaluateOn } from './erlang-node.ts';
import { freePorts } from './free-ports.ts';

const run = promisify(execFile);
const COMMAND_DEADLINE_MS = 30_000;
const REQUEST_DEADLINE_MS = 10_000;

/** How to call `rabbitmqctl` so that it finds the node. */
export interface Rabbitmqctl {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  /** The command that it is started by, for example `nsenter`. Default: none. */
  readonly through?: readonly string[];
}

/** Who can make a vhost on a broker: its HTTP API, `rabbitmqctl`, or the node itself. */
export type VhostMaker =
  | {
      readonly kind: 'management';
      readonly url: string;
      readonly user: string;
      readonly password: string;
    }
  | { readonly kind: 'rabbitmqctl'; readonly rabbitmqctl: Rabbitmqctl; readonly user: string }
  | { readonly kind: 'erlang'; readonly node: ErlangNode; readonly user: string };

/** Makes a vhost that the tests' user may do everything in. */
export async function createVhost(name: string, maker: VhostMaker): Promise<void> {
  if (maker.kind === 'management') {
    await callManagement(maker, 'PUT', `/api/vhosts/${name}`);
    const everything = { configure: '.*', write: '.*', read: '.*' };
    await callManagement(maker, 'PUT', `/api/permissions/${name}/${maker.user}`, everything);
    return;
  }
  const [vhost, owner, all, by] = [name, maker.user, '.*', 'tests'].map(erlangBinary);
  await evaluate(
    maker,
    `ok = rabbit_vhost:add(${vhost}, ${by}), ` +
      `ok = rabbit_auth_backend_internal:set_permissions(${owner}, ${vhost}, ${all}, ${all}, ${all}, ${by})`,
  );
}

/** Removes a vhost with all that's in it. */
export async function deleteVhost(name: string, maker: VhostMaker): Promise<void> {
  if (maker.kind === 'management') await callManagement(maker, 'DELETE', `/api/vhosts/${name}`);
  else await evaluate(maker, `ok = rabbit_vhost:delete(${erlangBinary(name)}, <<"tests">>)`);
}

async function evaluate(
  maker: Exclude<VhostMaker, { kind: 'management' }>,
  expression: string,
): Promise<void> {
  if (maker.kind === 'erlang') await evaluateOn(maker.node, expression);
  else await callRabbitmqctl(maker.rabbitmqctl, 'eval', `${expression}.`);
}

/** Runs a command; resolves with its output. */
export async function callRabbitmqctl(
  { path, env, through = [] }: Rabbitmqctl,
  ...command: string[]
): Promise<string> {
  // each call has its own port, so that two may run concurrently
  const [port] = await freePorts(1);
  const ports = {
    RABBITMQ_CTL_DIST_PORT_MIN: String(port),
    RABBITMQ_CTL_DIST_PORT_MAX: String(port),
  };
  const [program = '', ...args] = [...through, path, '--quiet', ...command];
  const { stdout } = await run(program, args, {
    env: { ...env, ...ports },
    timeout: COMMAND_DEADLINE_MS,
  });
  return stdout;
}

/** Sends one request to the management API and resolves with its answer; rejects unless it's 2xx. */
export async function callManagement(
  { url, user, password }: { url: string; user: string; password: string },
  method: 'GET' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
): Promise<unknown> {
  const response = await fetch(new URL(path, url), {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(REQUEST_DEADLINE_MS),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
