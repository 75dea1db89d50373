import type { ResourcePool } from '@dcm/contracts';
import { canonicalJson, sha256Hex } from '@dcm/runtime';

const structureOf = ({ capacity, storages, ...pool }: ResourcePool): unknown => ({
  ...pool,
  capacity: { cpuCores: capacity.cpuCores, cpuTotalMhz: capacity.cpuTotalMhz, memoryTotalMib: capacity.memoryTotalMib },
  storages: storages.map(({ freeGib: _, ...storage }) => storage),
});

const byNativeId = (a: ResourcePool, b: ResourcePool): number => (a.nativeId < b.nativeId ? -1 : 1);

/** Equal for two inventories that differ only in what is in use, or in the order of their pools. */
export const structureHashOf = (pools: readonly ResourcePool[]): string =>
  sha256Hex(canonicalJson([...pools].sort(byNativeId).map(structureOf)));
