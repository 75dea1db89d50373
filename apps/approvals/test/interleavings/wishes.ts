import type { OperationId, VmId } from '@dcm/contracts';
import { memberIdOf, operationIdOf, vmIdOf } from '@dcm/runtime';
import type { Doors, Message } from './doors';
import type { InterleavingHome } from './home';
import type { Step } from './steps';
import type { Records } from './truth';

/** What somebody asks for. */
export type Wish = Extract<
  Step,
  { readonly do: 'create' | 'resize' | 'delete' | 'power' | 'snapshot' | 'revert' | 'remove' | 'cancel' }
>;

/** Puts wishes into words. The VMs that steps mean are counted from the youngest. */
export class Wishes {
  private readonly creates: OperationId[] = [];
  private asked = 0;

  constructor(
    private readonly doors: Doors,
    private readonly home: InterleavingHome,
  ) {}

  /** @returns undefined: there is nothing that it could be about. */
  messageOf(wish: Wish, records: Records): Message | undefined {
    this.asked += 1;
    const id = operationIdOf(this.home.tenantId, String(this.asked));
    if (wish.do === 'create') return this.create(wish, id);
    if (wish.do === 'cancel') {
      const target = records.open[wish.nth % Math.max(1, records.open.length)]?.doc;
      return target && this.doors.request('io.dcm.operation.cancel.v1', { operationId: target.id }, id);
    }
    const create = this.creates.at(-1 - wish.vm);
    return create && this.change(wish, create, id, records);
  }

  private create({ cpus, gib, count }: Extract<Wish, { do: 'create' }>, id: OperationId): Message {
    for (let index = 1; index <= count; index++) this.creates.push(memberIdOf(id, index));
    const { projectId } = this.home;
    const several = count > 1 ? { count } : {};
    const body = { projectId, name: `vm-${this.asked}`, ...several, cpus, memoryMib: 512, disks: [{ sizeGib: gib }] };
    return this.doors.request('io.dcm.vm.create.v1', body, id);
  }

  private change(
    wish: Exclude<Wish, { do: 'create' | 'cancel' }>,
    create: OperationId,
    id: OperationId,
    { vms }: Records,
  ): Message {
    const vmId = vmIdOf(create);
    switch (wish.do) {
      case 'resize':
        return this.doors.request('io.dcm.vm.resize.v1', { vmId, cpus: wish.cpus, disks: [{ sizeGib: wish.gib }] }, id);
      case 'delete':
        return this.doors.request('io.dcm.vm.delete.v1', { vmId }, id);
      case 'power':
        return this.doors.request('io.dcm.vm.power.v1', { vmId, power: { action: 'ON' } }, id);
      case 'snapshot':
        return this.doors.request('io.dcm.vm.snapshot.create.v1', { vmId, name: `s-${this.asked}` }, id);
      case 'revert':
      case 'remove':
        return this.doors.request(
          `io.dcm.vm.snapshot.${wish.do}.v1`,
          { vmId, snapshotId: snapshotOf(vmId, wish.nth, vms) ?? id },
          id,
        );
    }
  }
}

/** One of those that the VM shows. */
function snapshotOf(vmId: VmId, nth: number, vms: Records['vms']): string | undefined {
  const found = vms.find(({ doc }) => doc.id === vmId)?.doc.snapshots ?? [];
  return found[nth % Math.max(1, found.length)]?.id;
}
