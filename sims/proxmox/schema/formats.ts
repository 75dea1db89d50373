import type { Format } from './parameter';

/** A format by its pattern, with what the vendor says of values that do not match. */
const matching =
  (pattern: RegExp, problem: string | ((value: string) => string)): Format =>
  (value) =>
    pattern.test(value) ? undefined : typeof problem === 'string' ? problem : problem(value);

const DNS_LABEL = '[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?';
const IPV4 = /^((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)$/;
const IPV6 = /^[0-9a-f:]*:[0-9a-f:.]+$/i;

export const isIpv4 = (value: string): boolean => IPV4.test(value);
export const isIpv6 = (value: string): boolean => IPV6.test(value) && value.split('::').length <= 2;

export const configId = matching(/^[a-z][a-z0-9_-]+$/i, (value) => `invalid configuration ID '${value}'`);
export const dnsName = matching(
  new RegExp(`^${DNS_LABEL}(\\.${DNS_LABEL})*$`),
  'value does not look like a valid DNS name',
);
export const nodeName = matching(new RegExp(`^${DNS_LABEL}$`), 'value does not look like a valid node name');
export const vmidText = matching(/^[1-9]\d{2,8}$/, 'value does not look like a valid VM ID');
export const storageId = matching(
  /^[a-z][a-z0-9._-]*[a-z0-9]$/i,
  (value) => `storage ID '${value}' contains illegal characters`,
);
export const poolId = matching(/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+){0,2}$/, 'value does not look like a valid pool ID');
export const volumeId = matching(/^[^\s:]+:[^\s]+$/, (value) => `unable to parse volume ID '${value}'`);
export const tag = matching(/^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/, 'invalid characters in tag');
export const userId = matching(/^[^\s:/]+@[A-Za-z][A-Za-z0-9.\-_]+$/, 'value does not look like a valid user name');
export const tokenFullId = matching(
  /^[^\s:/]+@[A-Za-z][A-Za-z0-9.\-_]+![A-Za-z][A-Za-z0-9.\-_]+$/,
  'value does not look like a valid token ID',
);
export const roleId = matching(/^[A-Za-z0-9._-]+$/, 'value does not look like a valid role ID');
/** Letters, digits and a few marks may stand for themselves; everything else is %XX. */
export const urlEncoded = matching(/^([-._~!*'()A-Za-z0-9]|%[0-9A-Fa-f]{2})*$/, 'invalid urlencoded string');
export const macAddress = matching(
  /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/i,
  'value does not look like a valid unicast MAC address',
);
export const diskSize = matching(/^\d+(\.\d+)?[KMGT]?$/, 'value does not look like a valid disk size');

export const address: Format = (value) =>
  isIpv4(value) || isIpv6(value) || dnsName(value) === undefined
    ? undefined
    : 'value does not look like a valid address';

export const ipv4: Format = (value) => (isIpv4(value) ? undefined : 'value does not look like a valid IPv4 address');
export const ipv6: Format = (value) => (isIpv6(value) ? undefined : 'value does not look like a valid IPv6 address');

function cidrProblem(value: string, isAddress: (text: string) => boolean, longest: number): boolean {
  const [host = '', length = '', ...more] = value.split('/');
  return more.length > 0 || !isAddress(host) || !/^\d{1,3}$/.test(length) || Number(length) > longest;
}

export const ipv4Config: Format = (value) =>
  value === 'dhcp' || !cidrProblem(value, isIpv4, 32)
    ? undefined
    : 'value does not look like a valid ipv4 network configuration';
export const ipv6Config: Format = (value) =>
  value === 'dhcp' || value === 'auto' || !cidrProblem(value, isIpv6, 128)
    ? undefined
    : 'value does not look like a valid ipv6 network configuration';
