import { accessEndpoints } from '../access/access.endpoints';
import { clusterEndpoints } from '../cluster/cluster.endpoints';
import { haEndpoints } from '../cluster/ha.endpoints';
import { poolEndpoints } from '../cluster/pools.endpoints';
import { nodeEndpoints } from '../nodes/nodes.endpoints';
import { consoleEndpoints } from '../qemu/console.endpoints';
import { diskEndpoints } from '../qemu/disk.endpoints';
import { snapshotEndpoints } from '../qemu/snapshot.endpoints';
import { statusEndpoints } from '../qemu/status.endpoints';
import { vmEndpoints } from '../qemu/vm.endpoints';
import { storageEndpoints } from '../storage/storage.endpoints';
import { taskEndpoints } from '../tasks/tasks.endpoints';
import type { Endpoint } from './endpoint';

/** Every method and path that this simulator serves. */
export const endpoints: readonly Endpoint[] = [
  ...nodeEndpoints,
  ...clusterEndpoints,
  ...poolEndpoints,
  ...haEndpoints,
  ...taskEndpoints,
  ...vmEndpoints,
  ...statusEndpoints,
  ...snapshotEndpoints,
  ...diskEndpoints,
  ...consoleEndpoints,
  ...storageEndpoints,
  ...accessEndpoints,
];
