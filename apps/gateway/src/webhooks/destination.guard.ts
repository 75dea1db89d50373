import { isIP } from 'node:net';
import { isLoopback } from '../gateway.config';
import { isAllowedAddress } from './address.guard';

/** The host of a URL as a resolver takes it. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

/** Why nothing may be sent to a URL, as far as it can be told without a look-up; undefined when it may. */
export function refusalOf(url: URL, allowPrivate: boolean): string | undefined {
  if (url.protocol === 'http:' && !(allowPrivate && isLoopback(url.hostname))) return 'must be https://…';
  const host = hostOf(url);
  if (isIP(host) === 0 || isAllowedAddress(host, allowPrivate)) return undefined;
  return 'must not be an address of a private network';
}

/** All of them: a name that also leads inside is not trusted to lead outside. */
export const areAllowed = (addresses: readonly string[], allowPrivate: boolean): boolean =>
  addresses.length > 0 && addresses.every((address) => isAllowedAddress(address, allowPrivate));
