import { failure } from '../api.error';
import type { Cluster } from '../cluster/cluster';
import type { Call } from '../http/endpoint';
import { readProperties } from '../schema/property.string';
import type { GuestAddress } from './machine';
import { netsOf, type NetCard } from './net';
import { isAgentRunning } from './process';
import type { Vm } from './vm';

const TIMEOUT_MS = 3_000;

interface ReportedAddress {
  readonly 'ip-address': string;
  readonly 'ip-address-type': 'ipv4' | 'ipv6';
  readonly prefix: number;
}

const typeOf = (address: string): 'ipv4' | 'ipv6' => (address.includes(':') ? 'ipv6' : 'ipv4');

const reported = (address: string, prefix?: number): ReportedAddress => ({
  'ip-address': address,
  'ip-address-type': typeOf(address),
  prefix: prefix ?? (typeOf(address) === 'ipv4' ? 24 : 64),
});

/** Waits as QEMU does for an agent that does not answer. @throws ApiError 500 */
export async function askAgent({ cluster, node, params }: Call): Promise<Vm> {
  const vm = cluster.vmOn(node.name, params.number('vmid'));
  if (!vm.hasAgentOption) throw failure('No QEMU guest agent configured');
  if (!vm.isRunning) throw failure(`VM ${vm.vmid} is not running`);
  if (!isAgentRunning(vm)) {
    await cluster.clock.wait(TIMEOUT_MS);
    if (!isAgentRunning(vm)) throw failure('QEMU guest agent is not running');
  }
  return vm;
}

const linkLocal = (mac: string): string => {
  const bytes = mac.split(':').map((part) => Number.parseInt(part, 16));
  const [first = 0, ...rest] = bytes;
  const all = [first ^ 2, ...rest.slice(0, 2), 0xff, 0xfe, ...rest.slice(2)];
  const groups = Array.from({ length: 4 }, (_, index) => ((all[index * 2] ?? 0) << 8) | (all[index * 2 + 1] ?? 0));
  return `fe80::${groups.map((group) => group.toString(16)).join(':')}`;
};

/** What its network's DHCP server would give a card; no two VMs get the same. */
const leased = (vm: Vm, index: number): string =>
  `10.${77 + index}.${Math.floor(vm.vmid / 250) % 256}.${1 + (vm.vmid % 250)}`;

/** The address of a card that cloud-init has set, or that of a lease. */
function cardAddresses(vm: Vm, card: NetCard): readonly ReportedAddress[] {
  const index = Number(card.key.slice(3));
  const active = vm.machine?.active.get(`ipconfig${index}`);
  const settings = readProperties(String(active ?? 'ip=dhcp'));
  const fixed = ['ip', 'ip6'].flatMap((key) => {
    const [address, prefix] = (settings.get(key) ?? '').split('/');
    return address === undefined || prefix === undefined ? [] : [reported(address, Number(prefix))];
  });
  const lease = settings.get('ip') === 'dhcp' ? [reported(leased(vm, index))] : [];
  return [...fixed, ...lease, reported(linkLocal(card.mac ?? '00:00:00:00:00:00'))];
}

function scriptedAddresses(addresses: readonly GuestAddress[], on: GuestAddress['on']): readonly ReportedAddress[] {
  return addresses.filter((one) => one.on === on).map((one) => reported(one.address));
}

const statistics = {
  'rx-bytes': 0,
  'rx-dropped': 0,
  'rx-errs': 0,
  'rx-packets': 0,
  'tx-bytes': 0,
  'tx-dropped': 0,
  'tx-errs': 0,
  'tx-packets': 0,
};

interface Interface {
  readonly name: string;
  readonly mac: string;
  readonly addresses: readonly ReportedAddress[];
}

/** An interface without addresses comes without the key. */
const shownInterface = ({ name, mac, addresses }: Interface): object => ({
  name,
  'hardware-address': mac.toLowerCase(),
  ...(addresses.length === 0 ? {} : { 'ip-addresses': addresses }),
  statistics,
});

/** The guest's interfaces: first without addresses, later with them; `lo` always. */
export function guestInterfaces(cluster: Cluster, vm: Vm): readonly object[] {
  const { addresses } = vm.guest;
  const isUp = Date.now() >= (vm.machine?.bootedAt ?? 0) + cluster.options.addressDelayMs;
  const cards = netsOf(vm.machine?.active ?? new Map<string, string>()).map((card, index) => {
    const usual = isUp ? cardAddresses(vm, card) : [];
    const scripted = addresses === undefined ? usual : index === 0 ? scriptedAddresses(addresses, 'nic') : [];
    return { name: `eth${index}`, mac: card.mac ?? '', addresses: scripted };
  });
  const inside = scriptedAddresses(addresses ?? [], 'bridge');
  const bridge = inside.length === 0 ? [] : [{ name: 'docker0', mac: '02:42:ac:11:00:01', addresses: inside }];
  const loopback = {
    name: 'lo',
    mac: '00:00:00:00:00:00',
    addresses: [reported('127.0.0.1', 8), reported('::1', 128)],
  };
  return [loopback, ...cards, ...bridge].map(shownInterface);
}
