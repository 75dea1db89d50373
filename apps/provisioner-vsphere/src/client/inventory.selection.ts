import type { ManagedObjectReference } from './managed.object';
import type { VimObject } from './vim.data';

const BELOW_FOLDER = [
  'folder',
  'datacenter.host',
  'datacenter.vm',
  'datacenter.datastore',
  'datacenter.network',
  'compute.pool',
  'compute.host',
];

/**
 * Selects everything below the root folder: folders, datacenters, clusters, hosts, resource pools, datastores,
 * networks, machines. The steps refer to one another by name, so that the tree may be of any depth.
 * @returns an ObjectSpec
 */
export function inventorySelection(rootFolder: ManagedObjectReference): VimObject {
  return {
    obj: rootFolder,
    skip: false,
    selectSet: [
      step('folder', 'Folder.childEntity', BELOW_FOLDER),
      step('datacenter.host', 'Datacenter.hostFolder', ['folder']),
      step('datacenter.vm', 'Datacenter.vmFolder', ['folder']),
      step('datacenter.datastore', 'Datacenter.datastoreFolder', ['folder']),
      step('datacenter.network', 'Datacenter.networkFolder', ['folder']),
      step('compute.pool', 'ComputeResource.resourcePool', ['pool.pool']),
      step('compute.host', 'ComputeResource.host', []),
      step('pool.pool', 'ResourcePool.resourcePool', ['pool.pool']),
    ],
  };
}

/**
 * Selects the members of a view as bare references, and the view itself with a property that it always has: an answer
 * without it says nothing about the members.
 * @returns a PropertyFilterSpec
 */
export function viewSelection(view: ManagedObjectReference, memberType: string): VimObject {
  return {
    propSet: [
      { type: view.type, pathSet: ['recursive'] },
      { type: memberType, pathSet: [] },
    ],
    objectSet: [{ obj: view, skip: false, selectSet: [step('members', `${view.type}.view`, [])] }],
  };
}

function step(name: string, typeAndPath: string, next: readonly string[]): VimObject {
  const [type = '', path = ''] = typeAndPath.split('.');
  return {
    $type: 'TraversalSpec',
    name,
    type,
    path,
    skip: false,
    selectSet: next.map((other) => ({ name: other })),
  };
}
