import type { Batch, BatchPlace, OperationId, OperationState, VmId } from '@dcm/contracts';
import { Change } from './change';
import type { OperationRecord } from './operation.entity';
import type { Scene } from './scene';
import { waitFor } from './waiting.mapper';

/** A change of a VM that is decided about together with others, and the create that is decided. */
interface Member {
  readonly change: Change;
  readonly id: OperationId;
  readonly place: BatchPlace;
}

const undecided: ReadonlySet<OperationState> = new Set(['accepted', 'planning', 'pending_approval']);

/** The create of a VM that is decided about together with others; undefined once it is decided. */
function createOf({ vm, open }: Change): OperationRecord | undefined {
  return vm.batchId === null
    ? undefined
    : open.find(({ doc }) => doc.batch?.id === vm.batchId && undecided.has(doc.state));
}

const membersIn = (changes: readonly Change[]): Member[] =>
  changes.flatMap((change) => {
    const create = createOf(change);
    const place = create?.doc.batch;
    return create === undefined || place === undefined ? [] : [{ change, id: create.doc.id, place }];
  });

/** Changes of scenes, by VM. Those that are decided about together know of each other. */
export function changesOf(scenes: readonly Scene[]): Map<VmId, Change> {
  const changes = new Map<VmId, Change>();
  for (const scene of scenes) if (scene.vm !== null) changes.set(scene.vm.doc.id, new Change(scene));
  const members = membersIn([...changes.values()]).sort((a, b) => a.place.index - b.place.index);
  for (const one of members) {
    const mates = members.filter(({ place }) => place.id === one.place.id);
    if (mates.length > 1) one.change.batch = mates.map(({ change }) => change);
  }
  return changes;
}

/** What is decided about together with an operation, itself among it: a request for several VMs is one until it is decided. */
export function togetherWith(change: Change, id: OperationId): readonly Pick<Member, 'change' | 'id'>[] {
  const members = membersIn(change.batch);
  return members.some((one) => one.id === id) ? members : [{ change, id }];
}

/** The others that are decided about together with an operation. */
export const othersThan = (change: Change, id: OperationId): readonly Pick<Member, 'change' | 'id'>[] =>
  togetherWith(change, id).filter((one) => one.id !== id);

/** How many VMs are decided about together with an operation, and under which name they were asked for; undefined: it is alone. */
export const placeIn = (change: Change, id: OperationId): BatchPlace | undefined =>
  membersIn(change.batch).find((one) => one.id === id)?.place;

/** The one that is planned for all; undefined for what is decided about alone, and for what lost its first. */
export const leadOf = ({ batch }: Change): Pick<Member, 'change' | 'id'> | undefined =>
  membersIn(batch).find(({ id, place }) => id === place.id);

/** All of them, as whoever decides is told; undefined: there is only one. */
export function batchOf(change: Change): Batch | undefined {
  const members = membersIn(change.batch);
  const [first] = members;
  if (first === undefined) return undefined;
  const operations = members.map(({ id, change: { vm } }) => ({ id, vmId: vm.doc.id, name: vm.doc.name }));
  return { id: first.place.id, count: first.place.count, operations };
}

/** It is decided: from now on each goes its own way. */
export function part({ batch }: Change): void {
  for (const change of batch) {
    change.noteVm({ batchId: null });
    change.batch = [];
  }
}

/** Those who wait for the first have as long as it has, and are shown who is asked. */
export function waitWithLead(change: Change): void {
  const lead = leadOf(change);
  if (lead === undefined) return;
  const { deadlineAt, approvalId } = lead.change.operation(lead.id).doc;
  for (const { change: other, id } of othersThan(lead.change, lead.id)) {
    const waitingFor = waitFor.lead(lead.id, change.batch.length, new Date(deadlineAt));
    other.move(id, 'waiting', { doc: { deadlineAt, approvalId, waitingFor } });
  }
}
