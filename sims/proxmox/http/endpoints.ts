import { accessEndpoints } from '../access/access.endpoints';
import { clusterEndpoints } from '../cluster/cluster.endpoints';
import { nodeEndpoints } from '../nodes/nodes.endpoints';
import { statusEndpoints } from '../qemu/status.endpoints';
import { vmEndpoints } from '../qemu/vm.endpoints';
import { storageEndpoints } from '../storage/storage.endpoints';
import { taskEndpoints } from '../tasks/tasks.endpoints';
import type { Endpoint } from './endpoint';

/** Every method and path that this simulator serves. */
export const endpoints: readonly Endpoint[] = [
  ...nodeEndpoints,
  ...clusterEndpoints,
  ...taskEndpoints,
  ...vmEndpoints,
  ...statusEndpoints,
  ...storageEndpoints,
  ...accessEndpoints,
];
