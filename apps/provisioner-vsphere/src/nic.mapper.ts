import { readRecord, typeOf } from './client/reader';
import type { VimObject } from './client/vim.data';
import type { Nic } from './device.mapper';
import type { Network } from './inventory.mapper';

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
