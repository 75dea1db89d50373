import { BlockList, isIP } from 'node:net';

type Net = readonly [address: string, prefix: number];

const listOf = (family: 'ipv4' | 'ipv6', nets: readonly Net[]): BlockList => {
  const list = new BlockList();
  for (const [address, prefix] of nets) list.addSubnet(address, prefix, family);
  return list;
};

/** Never: "this network", link-local with the clouds' metadata services, multicast, reserved. */
const neverV4 = listOf('ipv4', [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['192.0.0.192', 32],
]);

/** Not of the public Internet. @see https://www.iana.org/assignments/iana-ipv4-special-registry */
const innerV4 = listOf('ipv4', [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
]);

/** The only public part of IPv6, and what in it is not, or hides an IPv4 address. @see https://www.iana.org/assignments/iana-ipv6-special-registry */
const globalV6 = listOf('ipv6', [['2000::', 3]]);
const specialV6 = listOf('ipv6', [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]);
const innerV6 = listOf('ipv6', [
  ['::1', 128],
  ['fc00::', 7],
]);
const metadataV6 = listOf('ipv6', [
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
]);

function isAllowedV6(address: string, allowPrivate: boolean): boolean {
  if (metadataV6.check(address, 'ipv6')) return false;
  if (innerV6.check(address, 'ipv6')) return allowPrivate;
  return globalV6.check(address, 'ipv6') && !specialV6.check(address, 'ipv6');
}

/**
 * Whether a tenant's webhook may be sent to an IP address. Link-local and metadata addresses are refused even where private ones are
 * allowed, and so is every IPv6 address that stands for an IPv4 one.
 */
export function isAllowedAddress(address: string, allowPrivate: boolean): boolean {
  if (address.includes('%')) return false;
  if (isIP(address) === 6) return isAllowedV6(address, allowPrivate);
  if (isIP(address) !== 4 || neverV4.check(address)) return false;
  return allowPrivate || !innerV4.check(address);
}
