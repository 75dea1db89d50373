import type { Address } from '@dcm/contracts';
import type { Nic } from './device.mapper';
import type { Machine } from './machine.mapper';
import { propertyOf, readProperties } from './property.mapper';
import { readRecord, readRecords, readString } from './reader.mapper';

/** Loopback, link-local, unspecified, multicast. */
const NOT_ROUTED = /^(127\.|169\.254\.|0\.|22[4-9]\.|23\d\.|255\.|::1$|::$|fe[89ab][0-9a-f]:|ff[0-9a-f]{2}:)/i;

interface Seen extends Pick<Address, 'address' | 'mac' | 'network' | 'source'> {
  readonly card: number;
}

/**
 * The guest's addresses: as its agent reports them, on the VM's own cards only (what exists inside the guest alone, a
 * container bridge or a VPN, has no card's address); where it reports none, the static ones that cloud-init was given.
 */
export function addressesOf(machine: Machine, seenAt: string): Address[] {
  const { nics } = machine.devices;
  const reported = nics.flatMap((card) => reportedOn(card, machine.agent?.interfaces ?? []));
  const seen = reported.length > 0 ? reported : staticOf(machine);
  const best = seen.find(({ address }) => !address.includes(':')) ?? seen[0];
  return seen.map((one) => {
    const { address, mac, network, source } = one;
    return { address, mac, network, source, primary: one === best, seenAt };
  });
}

function reportedOn(card: Nic, interfaces: readonly unknown[]): Seen[] {
  return readRecords(interfaces)
    .filter((one) => card.mac !== undefined && readString(one['hardware-address'])?.toLowerCase() === card.mac)
    .flatMap((one) => readRecords(one['ip-addresses']))
    .flatMap((entry) => seenOn(card, readString(entry['ip-address']), 'guest-agent'));
}

/** A VM that is off has no addresses, whatever it was given. */
function staticOf({ devices: { nics }, config, power }: Machine): Seen[] {
  if (power !== 'on') return [];
  return nics.flatMap((card) => {
    const given = readProperties(readString(readRecord(config)[`ipconfig${card.index}`]) ?? '');
    const ips = [propertyOf(given, 'ip'), propertyOf(given, 'ip6')];
    return ips.flatMap((ip) => (ip?.includes('/') ? seenOn(card, ip.split('/')[0], 'cloud-init') : []));
  });
}

const seenOn = (card: Nic, address: string | undefined, source: Address['source']): Seen[] =>
  address === undefined || NOT_ROUTED.test(address)
    ? []
    : [{ address, mac: card.mac ?? null, network: card.bridge ?? null, source, card: card.index }];
