/** What is read of a VM: enough to say what it is, and to decide what is left to do. */
export const MACHINE_FIELDS = {
  id: 'ID',
  name: 'Name',
  description: 'Description',
  status: 'Status',
  cpus: 'CPUCount:i',
  memoryMb: 'Memory:i',
  isDynamic: 'DynamicMemoryEnabled:b',
  generation: 'Generation:i',
  isSecure: 'SecureBootEnabled:b',
  secureTemplate: 'SecureBootTemplate',
  hasGuestServices: 'HasVMAdditions:b',
  host: 'VMHost.Name',
  cloud: 'Cloud.Name',
  taskId: 'MostRecentTask.ID',
  taskStatus: 'MostRecentTask.Status',
  restored: 'LastRestoredVMCheckpoint.CheckpointID',
  nics: {
    each: 'VirtualNetworkAdapters',
    of: {
      id: 'ID',
      slot: 'SlotID:i',
      mac: 'MACAddress',
      ipv4: 'IPv4Addresses:s[]',
      ipv6: 'IPv6Addresses:s[]',
      network: 'VMNetwork.Name',
      networkId: 'VMNetwork.ID',
      hasVlan: 'VLanEnabled:b',
      vlan: 'VLanID:i',
    },
  },
  disks: {
    each: 'VirtualDiskDrives',
    of: {
      id: 'ID',
      busType: 'BusType',
      bus: 'Bus:i',
      lun: 'LUN:i',
      bytes: 'VirtualHardDisk.MaximumSize:i',
      parent: 'VirtualHardDisk.ParentDisk.ID',
    },
  },
  dvds: { each: 'VirtualDVDDrives', of: { id: 'ID', bus: 'Bus:i', lun: 'LUN:i', iso: 'ISO.SharePath' } },
  checkpoints: { each: 'VMCheckpoints', of: { id: 'CheckpointID', name: 'Name', addedAt: 'AddedTime:d' } },
} as const;

/** What tells whose a VM is, and little else. */
export const ROW_FIELDS = { id: 'ID', name: 'Name', description: 'Description', status: 'Status' } as const;

/** What is read of a job. `code` is the number of the error that ended it, 0 for none. */
export const JOB_FIELDS = {
  id: 'ID',
  name: 'Name',
  status: 'Status',
  percent: 'ProgressValue:i',
  code: 'ErrorInfo.DisplayableErrorCode:i',
  problem: 'ErrorInfo.Problem',
} as const;
