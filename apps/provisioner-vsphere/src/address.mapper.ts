import type { Address } from '@dcm/contracts';
import { readList, readNumber, readRecord, readString } from './client/reader';
import type { Machine } from './machine.mapper';

/** Addresses that lead nowhere from outside: loopback, link-local, unspecified, multicast. */
const NOT_ROUTED = /^(127\.|169\.254\.|0\.|22[4-9]\.|23\d\.|255\.|::1$|::$|fe[89ab][0-9a-f]:|ff[0-9a-f]{2}:)/i;

interface Seen {
  readonly address: string;
  readonly mac: string | null;
  readonly network: string | null;
}

/**
 * The guest's addresses as VMware Tools report them: those of the VM's own cards only. An interface that exists inside
 * the guest alone (a container bridge, a VPN) names no device, and `guest.ipAddress` may be one of these.
 * @param preferred the networks in the order of the request; the first address of the first of them is primary
 * @see https://github.com/vmware/govmomi/issues/1262
 */
export function addressesOf(machine: Machine, seenAt: string, preferred: readonly string[] = []): Address[] {
  const seen = machine.guest.nics.flatMap((nic) => addressesOfNic(machine, nic));
  const best = primaryOf(seen, machine.guest.ip, preferred);
  return seen.map((one) => ({ ...one, source: 'guest-tools', primary: one === best, seenAt }));
}

function addressesOfNic(machine: Machine, data: unknown): Seen[] {
  const nic = readRecord(data);
  const key = readNumber(nic['deviceConfigId']);
  const card = machine.devices.nics.find((one) => one.key === key);
  if (card === undefined) return [];
  const mac = readString(nic['macAddress'])?.toLowerCase() ?? card.mac ?? null;
  const network = readString(nic['network']) ?? null;
  return readList(nic['ipAddress'])
    .filter((address): address is string => typeof address === 'string' && !NOT_ROUTED.test(address))
    .map((address) => ({ address, mac, network }));
}

/** IPv4 before IPv6; the requested networks in their order; then what the tools themselves call the address. */
function primaryOf(seen: readonly Seen[], told: string | undefined, preferred: readonly string[]): Seen | undefined {
  const families = [seen.filter(({ address }) => !address.includes(':')), seen];
  for (const family of families) {
    for (const network of preferred) {
      const found = family.find((one) => one.network === network);
      if (found !== undefined) return found;
    }
    const found = family.find(({ address }) => address === told) ?? family[0];
    if (found !== undefined) return found;
  }
  return undefined;
}
