import { readRecord, readReference, readString, typeOf, type VimRecord } from './client/reader';
import type { VimObject } from './client/vim.data';
import type { Nic } from './device.mapper';
import { referencesIn, type Branch, type Tree } from './inventory.tree';
import type { Entity, Network, Wiring } from './places';

const SWITCHES = ['DistributedVirtualSwitch', 'VmwareDistributedVirtualSwitch'];
const NETWORKS = ['Network', 'DistributedVirtualPortgroup', 'OpaqueNetwork'];

/** Networks that a VM can be plugged into: not the port groups that carry a switch's uplinks. */
export function networksOf(tree: Tree, datacenter: Entity): Network[] {
  const switches = tree.of(SWITCHES, datacenter);
  const uuids = new Map(switches.map(({ entity, properties }) => [entity.ref.value, readString(properties['uuid'])]));
  const uplinks = new Set(
    switches.flatMap(({ properties }) => [...referencesIn(properties['config.uplinkPortgroup'])]),
  );
  // Older servers and the simulator do not mark them: this is the name that a vCenter gives them.
  const names = switches.map(({ entity }) => `${entity.name}-DVUplinks-`);
  const isUplink = ({ entity, properties }: Branch): boolean =>
    properties['config.uplink'] === true ||
    uplinks.has(entity.ref.value) ||
    names.some((name) => entity.name.startsWith(name));
  return tree
    .of(NETWORKS, datacenter)
    .filter((one) => !isUplink(one))
    .flatMap(({ entity, properties }) => {
      const wiring = wiringOf(entity.ref.type, properties, uuids);
      return wiring === undefined ? [] : [{ ...entity, wiring }];
    });
}

function wiringOf(
  type: string,
  properties: VimRecord,
  uuids: ReadonlyMap<string, string | undefined>,
): Wiring | undefined {
  if (type === 'Network') return { kind: 'standard' };
  if (type === 'OpaqueNetwork') {
    const opaqueId = readString(properties['summary.opaqueNetworkId']);
    const opaqueType = readString(properties['summary.opaqueNetworkType']);
    return opaqueId === undefined || opaqueType === undefined ? undefined : { kind: 'opaque', opaqueId, opaqueType };
  }
  const switchUuid = uuids.get(readReference(properties['config.distributedVirtualSwitch'])?.value ?? '');
  const portgroupKey = readString(properties['key']);
  if (switchUuid === undefined || portgroupKey === undefined) return undefined;
  return { kind: 'distributed', switchUuid, portgroupKey };
}

/** The backing that plugs a NIC into a network. */
export function backingFor({ name, wiring }: Network): VimObject {
  switch (wiring.kind) {
    case 'standard':
      return { $type: 'VirtualEthernetCardNetworkBackingInfo', deviceName: name };
    case 'distributed':
      return {
        $type: 'VirtualEthernetCardDistributedVirtualPortBackingInfo',
        port: { switchUuid: wiring.switchUuid, portgroupKey: wiring.portgroupKey },
      };
    case 'opaque':
      return {
        $type: 'VirtualEthernetCardOpaqueNetworkBackingInfo',
        opaqueNetworkId: wiring.opaqueId,
        opaqueNetworkType: wiring.opaqueType,
      };
  }
}

/** Whether a NIC is plugged into a network. */
export function isWiredTo(nic: Nic, { name, wiring }: Network): boolean {
  const backing = readRecord(nic.raw['backing']);
  switch (wiring.kind) {
    case 'standard':
      return typeOf(backing) === 'VirtualEthernetCardNetworkBackingInfo' && backing['deviceName'] === name;
    case 'distributed':
      return readRecord(backing['port'])['portgroupKey'] === wiring.portgroupKey;
    case 'opaque':
      return backing['opaqueNetworkId'] === wiring.opaqueId;
  }
}
