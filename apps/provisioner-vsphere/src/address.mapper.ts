import type { Address } from '@dcm/contracts';
import { readList, readNumber, readRecord, readString, type VimRecord } from './client/reader';
import type { Nic } from './device.mapper';
import type { Machine } from './machine.mapper';

/** Addresses that lead nowhere from outside: loopback, link-local, unspecified, multicast. */
const NOT_ROUTED = /^(127\.|169\.254\.|0\.|22[4-9]\.|23\d\.|255\.|::1$|::$|fe[89ab][0-9a-f]:|ff[0-9a-f]{2}:)/i;

interface Seen extends Pick<Address, 'address' | 'mac' | 'network'> {
  readonly card: number;
}

/**
 * The guest's addresses as VMware Tools report them: those of the VM's own cards only, in the cards' order. An
 * interface that exists inside the guest alone (a container bridge, a VPN) names no device, and `guest.ipAddress` may be
 * one of these.
 * @see https://github.com/vmware/govmomi/issues/1262
 */
export function addressesOf({ guest, devices: { nics } }: Machine, seenAt: string): Address[] {
  const seen = nics.flatMap((card) => {
    const reports = guest.nics.map(readRecord).filter((one) => readNumber(one['deviceConfigId']) === card.key);
    return reports.flatMap((report) => addressesIn(report, card));
  });
  const best = primaryOf(seen, guest.ip);
  return seen.map((one) => {
    const { address, mac, network } = one;
    return { address, mac, network, source: 'guest-tools', primary: one === best, seenAt };
  });
}

function addressesIn(report: VimRecord, card: Nic): Seen[] {
  const mac = readString(report['macAddress'])?.toLowerCase() ?? card.mac ?? null;
  const network = readString(report['network']) ?? null;
  return readList(report['ipAddress'])
    .filter((address): address is string => typeof address === 'string' && !NOT_ROUTED.test(address))
    .map((address) => ({ address, mac, network, card: card.key }));
}

/** IPv4 before IPv6; of the first card, which is on the network that was asked for first; there, what the tools prefer. */
function primaryOf(seen: readonly Seen[], told: string | undefined): Seen | undefined {
  const ipv4 = seen.filter(({ address }) => !address.includes(':'));
  const [first, ...others] = ipv4.length > 0 ? ipv4 : seen;
  return others.find(({ address, card }) => address === told && card === first?.card) ?? first;
}
