import { expect, test } from 'vitest';
import { parseAddress } from '../../../src/servers/configured-server.ts';

const cases = [
  { address: '127.0.0.1:7233', parsed: { host: '127.0.0.1', port: 7233 }, reason: 'host and port' },
  { address: 'http://etcd.example:2379', parsed: { host: 'etcd.example', port: 2379 }, reason: 'a URL' },
  { address: 'https://etcd.example', parsed: { host: 'etcd.example', port: 443 }, reason: 'a URL without a port' },
  { address: '[::1]:2379', parsed: { host: '::1', port: 2379 }, reason: 'IPv6' },
  { address: 'etcd.example', parsed: undefined, reason: 'no port and none implied' },
  { address: '::::', parsed: undefined, reason: 'nonsense' },
];
test.each(cases)('$reason: $address', ({ address, parsed }) => {
  expect(parseAddress(address)).toEqual(parsed);
});
