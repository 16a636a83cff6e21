import { expect, it } from 'vitest';
import { ConnectionLimit } from '../src/connection-limit.ts';

it('limits the streams of one address without affecting others', () => {
  const connectionLimit = new ConnectionLimit({ maxPerAddress: 2 });
  expect(connectionLimit.acquire('a')).toBeUndefined();
  expect(connectionLimit.acquire('a')).toBeUndefined();
  expect(connectionLimit.acquire('a')).toBe('address');
  expect(connectionLimit.acquire('b')).toBeUndefined();
  connectionLimit.release('a');
  expect(connectionLimit.acquire('a')).toBeUndefined();
  expect(connectionLimit.size).toBe(3);
});

it('limits the streams in total', () => {
  const connectionLimit = new ConnectionLimit({ maxConnections: 2 });
  connectionLimit.acquire('a');
  connectionLimit.acquire('b');
  expect(connectionLimit.acquire('c')).toBe('full');
  connectionLimit.release('b');
  expect(connectionLimit.acquire('c')).toBeUndefined();
});

it('counts the addresses of an IPv6 /64 as one', () => {
  const connectionLimit = new ConnectionLimit({ maxPerAddress: 2 });
  expect(connectionLimit.acquire('2001:db8:0:1::1')).toBeUndefined();
  expect(connectionLimit.acquire('2001:DB8::1:ffff:0:0:2')).toBeUndefined();
  expect(connectionLimit.acquire('2001:0db8:0000:0001:8000::')).toBe('address');
  expect(connectionLimit.acquire('2001:db8:0:2::1')).toBeUndefined();
  connectionLimit.release('2001:db8:0:1:1:2:3:4');
  expect(connectionLimit.acquire('2001:db8:0:1::9')).toBeUndefined();
});

it.for([
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['0:0:0:0:0:FFFF:192.0.2.1', '192.0.2.1'],
  ['fe80::1%eth0', 'fe80::2'],
])('takes %s and %s for the same address', ([one = '', other = '']) => {
  const connectionLimit = new ConnectionLimit({ maxPerAddress: 1 });
  expect(connectionLimit.acquire(one)).toBeUndefined();
  expect(connectionLimit.acquire(other)).toBe('address');
});

it('counts IPv4 addresses separately, mapped into IPv6 or not', () => {
  const connectionLimit = new ConnectionLimit({ maxPerAddress: 1 });
  for (const address of ['192.0.2.1', '::ffff:192.0.2.2', '::', '', 'unknown']) {
    expect(connectionLimit.acquire(address)).toBeUndefined();
  }
});
