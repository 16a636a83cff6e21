import * as dns from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, buildConnector } from 'undici';
import { FetchError } from './fetch-error.ts';

export interface AgentOptions {
  maxWireBytes: number;
  /** Hosts, with their ports, that may be at private addresses, since the operator has named them. */
  privateHosts: ReadonlySet<string>;
  /** Default: the machine's own. */
  lookup?: LookupFunction;
}

const CONNECT_TIMEOUT_MS = 5_000;

/** Opens connections, to public addresses alone unless the host is one of `privateHosts`; close it at the end. */
export function createAgent({
  maxWireBytes,
  privateHosts,
  lookup = dns.lookup,
}: AgentOptions): Agent {
  const connectAnywhere = buildConnector({ timeout: CONNECT_TIMEOUT_MS, lookup });
  // n.b. what was looked up is what's connected to: a name can't change its mind in between
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
      // n.b. an address is never looked up
      if (isIP(literal) !== 0 && !isPublic(literal)) {
        return callback(privateAddress(hostname, [literal]), null);
      }
      return connectPublic(options, callback);
    },
  });
}

/** Whether an address is one of the internet's, for one receiver. */
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
    `${hostname} is at ${addresses.join(', ')}, which is no public address: set "allowPrivate": true in the source if it's meant`,
  );
}
