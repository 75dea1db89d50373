import type { Address } from '@dcm/contracts';

/** Addresses that lead nowhere from outside: loopback, link-local, unspecified, multicast. */
const notRouted = /^(127\.|169\.254\.|0\.|22[4-9]\.|23\d\.|255\.|::1$|::$|fe[89ab][0-9a-f]:|ff[0-9a-f]{2}:)/i;
/** Networks that containers and nested hypervisors make inside a guest. */
const insideGuest = /^(docker|br-|veth|cni|flannel|cali|podman|lxc|lxd|virbr)/i;

const canBePrimary = ({ address, network }: Address): boolean =>
  !notRouted.test(address) && !(network !== null && insideGuest.test(network));

const isSame = (a: Address, b: Address): boolean =>
  a.address === b.address && a.mac === b.mac && a.network === b.network && a.source === b.source;

/** The adapter's choice; where that leads nowhere, IPv4 before IPv6. */
function primaryOf(seen: readonly Address[]): Address | undefined {
  if (!seen.some((one) => one.primary)) return undefined;
  const usable = seen.filter(canBePrimary);
  return usable.find((one) => one.primary) ?? usable.find(({ address }) => !address.includes(':')) ?? usable[0];
}

/** Whether the guest can be reached. */
export const isReachable = (seen: readonly Address[]): boolean => primaryOf(seen) !== undefined;

/**
 * The addresses as DCM tells them: at most one is primary, and never one that leads nowhere, whatever an adapter says. One that was
 * seen before in the same place keeps the time since when, so that seeing it again is no news.
 */
export function addressesOf(before: readonly Address[], seen: readonly Address[]): Address[] {
  const primary = primaryOf(seen);
  return seen.map((one) => ({
    ...one,
    primary: one === primary,
    seenAt: before.find((known) => isSame(known, one))?.seenAt ?? one.seenAt,
  }));
}
