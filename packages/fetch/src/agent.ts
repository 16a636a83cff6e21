import * as dns from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, buildConnector } from 'undici';
import { FetchError } from './fetch-error.ts';

export interface AgentOptions {
  maxWireBytes: number;
  /** Hosts with their ports that may resolve to private addresses; the operator configures them. */
  privateHosts: ReadonlySet<string>;
  /** Resolves host names. Default: `dns.lookup`. */
  lookup?: LookupFunction;
}

const CONNECT_TIMEOUT_MS = 5_000;

/** Creates an agent that connects only to public addresses, except for the hosts in `privateHosts`. The caller closes the agent. */
export function createAgent({
  maxWireBytes,
  privateHosts,
  lookup = dns.lookup,
}: AgentOptions): Agent {
  const connectAnywhere = buildConnector({ timeout: CONNECT_TIMEOUT_MS, lookup });
  // n.b. the connection uses the address that was checked, so that DNS rebinding fails
  const connectPublic = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    lookup: publicOnly(lookup),
  });
  return new Agent({
    connections: 4,
    maxResponseSize: maxWireBytes,
    connect(options, callback) {
      const { hostname, host = hostname } = options;
      if (privateHosts.has(host)) return connectAnywhere(options, callback);
      const literal = hostname.replace(/^\[|\]$/g, '');
      // n.b. the lookup function isn't called for literal addresses
      if (isIP(literal) !== 0 && !isPublic(literal)) {
        return callback(privateAddress(hostname, [literal]), null);
      }
      return connectPublic(options, callback);
    },
  });
}

/** Whether an address is a public unicast address. */
export function isPublic(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

function publicOnly(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '');
      const all = found as dns.LookupAddress[];
      const [first, ...others] = all.filter(({ address }) => isPublic(address));
      if (first === undefined) {
        const addresses = all.map(({ address }) => address);
        return callback(privateAddress(hostname, addresses), '');
      }
      if (options.all === true) return callback(null, [first, ...others]);
      return callback(null, first.address, first.family);
    });
  };
}

function privateAddress(hostname: string, addresses: readonly string[]): FetchError {
  return new FetchError(
    `${hostname} is at ${addresses.join(', ')}, which is no public address: set "allowPrivate": true in the source if it's your own site`,
  );
}
