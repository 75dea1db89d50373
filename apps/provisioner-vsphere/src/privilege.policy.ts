/** Where a privilege is needed. */
export type PrivilegePlace = 'folder' | 'pool' | 'datastore' | 'network';

/** Without these, absence proves nothing. */
export const SEE: readonly string[] = ['System.View', 'System.Read'];

/** Needed on the datacenter's VM folder, as long as DCM's own folder is to be made. */
export const MAKE_FOLDER = 'Folder.Create';

/**
 * What the service account needs, by the kind of object on which it needs it. The README lists the same, and
 * VirtualMachine.Provisioning.DeployTemplate on the templates, which are too many to be asked about.
 */
export const PRIVILEGES: Readonly<Record<PrivilegePlace, readonly string[]>> = {
  folder: [
    ...SEE,
    'VirtualMachine.Inventory.Create',
    'VirtualMachine.Inventory.CreateFromExisting',
    'VirtualMachine.Inventory.Delete',
    'VirtualMachine.Config.AddNewDisk',
    'VirtualMachine.Config.AddRemoveDevice',
    'VirtualMachine.Config.AdvancedConfig',
    'VirtualMachine.Config.Annotation',
    'VirtualMachine.Config.CPUCount',
    'VirtualMachine.Config.DiskExtend',
    'VirtualMachine.Config.EditDevice',
    'VirtualMachine.Config.Memory',
    'VirtualMachine.Config.Settings',
    'VirtualMachine.Interact.ConsoleInteract',
    'VirtualMachine.Interact.PowerOff',
    'VirtualMachine.Interact.PowerOn',
    'VirtualMachine.Interact.Reset',
    'VirtualMachine.Interact.Suspend',
    'VirtualMachine.State.CreateSnapshot',
    'VirtualMachine.State.RemoveSnapshot',
    'VirtualMachine.State.RevertToSnapshot',
  ],
  pool: ['Resource.AssignVMToPool'],
  datastore: ['Datastore.AllocateSpace'],
  network: ['Network.Assign'],
};

/** Granted privileges by object. */
export type Granted = ReadonlyMap<string, ReadonlySet<string>>;

/** Privileges that no object of the kind grants. A kind of which there is no object is not judged. */
export function missingPrivileges(
  places: Readonly<Record<PrivilegePlace, readonly { readonly value: string }[]>>,
  granted: Granted,
): string[] {
  return (Object.keys(PRIVILEGES) as PrivilegePlace[]).flatMap((kind) => {
    const objects = places[kind];
    if (objects.length === 0) return [];
    return PRIVILEGES[kind].filter((privilege) => !objects.some(({ value }) => granted.get(value)?.has(privilege)));
  });
}
