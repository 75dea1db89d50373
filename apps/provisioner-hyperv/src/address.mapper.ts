import type { Address } from '@dcm/contracts';
import type { Machine } from './machine.mapper';

/** Addresses that lead nowhere from outside: loopback, link-local, unspecified, multicast. */
const NOT_ROUTED = /^(127\.|169\.254\.|0\.|22[4-9]\.|23\d\.|255\.|::1$|::$|fe[89ab][0-9a-f]:|ff[0-9a-f]{2}:)/i;

/**
 * The guest's addresses as its integration services report them: those of the VM's own cards, in the cards' order.
 * Hyper-V reports each card by itself, so that what exists inside the guest alone is not among them.
 */
export function addressesOf({ nics }: Pick<Machine, 'nics'>, seenAt: string): Address[] {
  const seen = nics.flatMap(({ addresses, mac, network }) =>
    addresses
      .filter((address) => !NOT_ROUTED.test(address))
      .map((address) => ({ address, mac: mac ?? null, network: network ?? null })),
  );
  const best = seen.find(({ address }) => !address.includes(':')) ?? seen[0];
  return seen.map((one) => ({ ...one, source: 'guest-agent', primary: one === best, seenAt }));
}
