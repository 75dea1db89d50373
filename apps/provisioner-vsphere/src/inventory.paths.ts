const NAMED = ['name', 'parent'] as const;
const COMPUTE = [
  ...NAMED,
  'host',
  'datastore',
  'network',
  'resourcePool',
  'summary.numCpuCores',
  'summary.totalCpu',
  'summary.totalMemory',
] as const;
const NETWORK = [...NAMED, 'summary.accessible'] as const;

/**
 * What is read of the places where VMs can run, as leaf properties. A subtype's list repeats its base's: whether a
 * server reads both lists or only the closer one is not documented.
 */
export const PLACE_PATHS = {
  Folder: NAMED,
  Datacenter: [...NAMED, 'vmFolder'],
  ComputeResource: COMPUTE,
  ClusterComputeResource: [...COMPUTE, 'configurationEx.drsConfig.enabled'],
  HostSystem: [
    ...NAMED,
    'datastore',
    'runtime.connectionState',
    'runtime.inMaintenanceMode',
    'runtime.powerState',
    'summary.hardware.numCpuThreads',
    'summary.hardware.memorySize',
    'summary.quickStats.overallCpuUsage',
    'summary.quickStats.overallMemoryUsage',
  ],
  ResourcePool: [
    ...NAMED,
    'owner',
    'runtime.cpu.maxUsage',
    'runtime.cpu.overallUsage',
    'runtime.memory.maxUsage',
    'runtime.memory.overallUsage',
  ],
  Datastore: [
    ...NAMED,
    'summary.type',
    'summary.capacity',
    'summary.freeSpace',
    'summary.accessible',
    'summary.maintenanceMode',
    'summary.multipleHostAccess',
  ],
  Network: NETWORK,
  DistributedVirtualPortgroup: [...NETWORK, 'key', 'config.uplink', 'config.distributedVirtualSwitch'],
  OpaqueNetwork: [...NETWORK, 'summary.opaqueNetworkId', 'summary.opaqueNetworkType'],
  DistributedVirtualSwitch: [...NAMED, 'uuid', 'config.uplinkPortgroup'],
} as const satisfies Record<string, readonly string[]>;

/** What is read of every VM to find the templates among them. */
export const IMAGE_PATHS = {
  Folder: NAMED,
  Datacenter: NAMED,
  VirtualMachine: [...NAMED, 'config.template', 'config.guestId'],
} as const satisfies Record<string, readonly string[]>;
