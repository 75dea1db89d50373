import {
  belowMinimums,
  type DcmErrorBody,
  type ErrorCode,
  type Image,
  type OperationId,
  type PlanSummary,
  type ResizeVm,
  type ResourceAmount,
  type Size,
  type Vm,
  type VmTarget,
} from '@dcm/contracts';
import { canonicalJson } from '@dcm/runtime';
import { askApprovers, type Question } from '../operations/approval.policy';
import { beginOperation, placeOf, type OperationOrder } from '../operations/begin.mapper';
import type { Change } from '../operations/change';
import { succeed } from '../operations/ending.policy';
import type { ResizeGoal, VmSize } from '../operations/goal.entity';
import { askedAmounts } from '../operations/plan.mapper';
import { termsOf, type PlanVerdict } from '../operations/planning.policy';
import { rejectionOf } from '../policies/verdict.policy';
import { summaryOfResize } from '../operations/resize-offer.policy';
import { amountsAt, isSameSize, larger } from '../operations/size.policy';
import { enqueue, follow, refusalOfChange, unable } from './change.policy';
import { refuse } from './create.policy';

/** A resize request. */
export interface ResizeOrder extends OperationOrder {
  readonly resize: ResizeVm;
}

/** What of a change its new size follows from. */
export interface SizedVm {
  readonly vm: { readonly doc: Vm };
  /** What the ledger holds for the VM; null: nothing. */
  readonly scene: { readonly amounts: ResourceAmount | null };
}

/** Whether a request changes nothing on the platform. */
export const isOnlyNamed = ({ size, cpus, memoryMib, disks }: ResizeVm): boolean =>
  size === undefined && cpus === undefined && memoryMib === undefined && disks === undefined;

const refusal = (change: SizedVm, code: ErrorCode, pointer: string, cause: string): DcmErrorBody => ({
  ...unable(change, 'resize', code, cause),
  details: [{ pointer, message: cause }],
});

/** What is asked for, with the catalogue's figures. */
const targetOf = ({ cpus, memoryMib, disks }: ResizeVm, named: Size | undefined): VmTarget => ({
  ...(named === undefined ? {} : { cpus: named.cpus, memoryMib: named.memoryMib }),
  ...(cpus === undefined ? {} : { cpus }),
  ...(memoryMib === undefined ? {} : { memoryMib }),
  ...(disks === undefined ? {} : { disks }),
});

/** The VM as it will be. A size that is changed by hand is no longer the catalogue's. */
export function resizeGoalOf(
  change: SizedVm,
  { resize }: Pick<ResizeOrder, 'resize'>,
  named: Size | undefined,
): ResizeGoal {
  const { doc } = change.vm;
  const target = targetOf(resize, named);
  const size: VmSize = {
    cpus: target.cpus ?? doc.cpus,
    memoryMib: target.memoryMib ?? doc.memoryMib,
    disks: target.disks ?? doc.disks,
  };
  const before = change.scene.amounts ?? askedAmounts(doc);
  const keepsSize = size.cpus === doc.cpus && size.memoryMib === doc.memoryMib;
  return {
    target,
    size,
    sizeName: named?.name ?? (keepsSize ? doc.size : null),
    before,
    amounts: amountsAt(size, doc, before),
    ...namedOf(resize),
  };
}

const namedOf = ({ labels, deletionProtection }: ResizeVm): Pick<ResizeGoal, 'labels' | 'deletionProtection'> => ({
  ...(labels === undefined ? {} : { labels }),
  ...(deletionProtection === undefined ? {} : { deletionProtection }),
});

/** Why a resize cannot be; null: it can. @param image of which the VM was made, where that is known. */
export function resizeRefusal(
  change: Change,
  order: ResizeOrder,
  named: Size | undefined,
  image?: Image,
): DcmErrorBody | null {
  const { size } = order.resize;
  const other = refusalOfChange(change, 'resize');
  if (other !== null) return other;
  if (size !== undefined && named === undefined)
    return refusal(change, 'NOT_FOUND', '/size', `size ${size} is not known`);
  const goal = resizeGoalOf(change, order, named);
  return (
    shrinkRefusal(change, goal) ??
    (image === undefined ? null : minimumRefusal(change, order, goal, image)) ??
    sameRefusal(change, goal)
  );
}

/** A VM that is smaller than what its image has come to need may stay so; what is changed must be enough. */
function minimumRefusal(
  change: Change,
  { resize }: ResizeOrder,
  { size }: ResizeGoal,
  image: Image,
): DcmErrorBody | null {
  const { doc } = change.vm;
  const changed = <T>(wish: T, is: T): T | undefined => (wish === is ? undefined : wish);
  const asked = {
    cpus: changed(size.cpus, doc.cpus),
    memoryMib: changed(size.memoryMib, doc.memoryMib),
    diskGib: changed(size.disks[0]?.sizeGib, doc.disks[0]?.sizeGib),
  };
  const details = belowMinimums(image, asked, resize.size !== undefined);
  const [first] = details;
  return first === undefined ? null : { ...unable(change, 'resize', 'INVALID_REQUEST', first.message), details };
}

/** Why a size would take something from a disk; null: it does not. */
export function shrinkRefusal(change: SizedVm, { size }: ResizeGoal): DcmErrorBody | null {
  const before = change.vm.doc.disks;
  if (size.disks.length < before.length) {
    const cause = `it has ${before.length} disks, and none is removed by a resize`;
    return refusal(change, 'INVALID_REQUEST', '/disks', cause);
  }
  const index = before.findIndex(({ sizeGib }, at) => (size.disks[at]?.sizeGib ?? 0) < sizeGib);
  if (index < 0) return null;
  const cause = `disk ${index} has ${before[index]?.sizeGib ?? 0} GiB, and a disk never shrinks`;
  return refusal(change, 'INVALID_REQUEST', `/disks/${index}/sizeGib`, cause);
}

/** A size that was changed by hand may be asked for as it was granted: that mends it. */
function sameRefusal(change: Change, { size, sizeName, labels, deletionProtection }: ResizeGoal): DcmErrorBody | null {
  const { doc } = change.vm;
  const isSame = isSameSize(size, doc) && sizeName === doc.size && isNamedSame(change, { labels, deletionProtection });
  const isDrifted = doc.conditions.some(({ type, status }) => type === 'InSync' && status === 'false');
  return isSame && !isDrifted ? unable(change, 'resize', 'CONFLICT', 'it is as it is asked for already') : null;
}

function isNamedSame(
  { vm }: Change,
  { labels, deletionProtection }: Pick<ResizeVm, 'labels' | 'deletionProtection'>,
): boolean {
  const { doc } = vm;
  const isLabelled = labels === undefined || canonicalJson(labels) === canonicalJson(doc.labels);
  return isLabelled && (deletionProtection === undefined || deletionProtection === doc.deletionProtection);
}

/** Takes in a resize that can be: the larger of old and new is held from now on, or once those have signed who may raise the quota for it. */
export function admitResize(change: Change, order: ResizeOrder, goal: ResizeGoal, verdict: PlanVerdict): void {
  const { policy } = verdict;
  const refused = rejectionOf(policy) ?? verdict.quotaError;
  if (refused !== null) {
    // What was asked for is kept: rules are tried on what they refused, too.
    refuse(change, { ...order, goal: { resize: goal } }, placeOf(change.vm.doc), refused);
    return;
  }
  const plan = summaryOfResize(change, goal, termsOf(verdict));
  const isOver = policy.kind === 'ask' && policy.raises !== undefined;
  if (!isOver) change.ledger = { kind: 'correct', amounts: larger(goal.before, goal.amounts) };
  if (policy.kind === 'ask') askFirst(change, { ...order, goal: { resize: goal } }, plan, policy);
  else enqueue(change, { ...order, goal: { resize: goal } }, plan);
}

function askFirst(change: Change, order: OperationOrder, plan: PlanSummary, question: Question): void {
  const begun = beginOperation(order, placeOf(change.vm.doc), change.scene);
  change.begin({ ...begun, doc: { ...begun.doc, state: 'planning', step: 'planning', plan } }, order.requester);
  askApprovers(change, order.id, plan, question);
  follow(change, order);
}

/** Labels and protection need no work on the platform: the operation ends as it begins, whatever else is under way. */
export function rename(change: Change, order: ResizeOrder): void {
  const { doc } = change.vm;
  const isDeleting = change.open.some(({ doc: { kind }, holdsVm }) => kind === 'vm.delete' && holdsVm);
  if (isDeleting || doc.lifecycle === 'deleted' || doc.lifecycle === 'failed') {
    const cause = isDeleting ? 'it is being deleted' : `it is ${doc.lifecycle}`;
    refuse(change, order, placeOf(doc), unable(change, 'change', 'CONFLICT', cause));
    return;
  }
  const id: OperationId = order.id;
  change.begin({ ...beginOperation(order, placeOf(doc), change.scene), holdsVm: false }, order.requester);
  const isBusy = change.open.some(({ holdsVm }) => holdsVm);
  const named = { ...namedOf(order.resize), ...(isBusy ? {} : { operationId: id }) };
  change.tellVm('changed', named, {}, order.requester);
  succeed(change, id);
}
