import { noAmount, type OperationId } from '@dcm/contracts';
import { memberIdOf, vmIdOf } from '@dcm/runtime';
import { Admission } from '../policies/admission.policy';
import { aPlan, aScene, aSpec, aVm, anOperation, createId, inMs, told, timing } from '../../test/scene.builder';
import { decide } from './approval.policy';
import { changesOf, leadOf, togetherWith } from './batch.policy';
import type { Change } from './change';
import { planAccepted, type PlanVerdict } from './planning.policy';
import type { Scene } from './scene';
import { cancel } from './stop.policy';
import { wake } from './wake.policy';

const count = 3;
const held = { ...noAmount, vcpus: 2, memoryMib: 2048, diskGib: 10, vms: 1 };
const idAt = (index: number): OperationId => memberIdOf(createId, index);

function sceneAt(index: number, scene: Partial<Scene> = {}, deadlineAt = inMs(timing.deadlineMs).toISOString()): Scene {
  const id = idAt(index);
  const vmId = vmIdOf(id);
  const spec = aSpec({ name: `web-${index}`, platformName: `web-${index}-${vmId.slice(0, 8)}` });
  const vm = aVm(
    { id: vmId, name: `web-${index}`, operationId: id },
    { spec, plan: null, plannedAt: null, batchId: createId },
  );
  const state = index === 1 ? 'planning' : 'accepted';
  const operation = anOperation(
    { id, vmId, state, batch: { id: createId, index, count }, deadlineAt },
    { nextAt: null },
  );
  return aScene({ vm, operations: [operation], amounts: held, ...scene });
}

/** The changes of all VMs, those of a later one first: locks are in the order of ids, not of names. */
const three = (scene: Partial<Scene> = {}, deadlineAt?: string): Change[] => {
  const changes = changesOf([3, 2, 1].map((index) => sceneAt(index, scene, deadlineAt)));
  return [1, 2, 3].flatMap((index) => changes.get(vmIdOf(idAt(index))) ?? []);
};
const states = (changes: readonly Change[]): string[] =>
  changes.map((change, index) => change.operation(idAt(index + 1)).doc.state);

const approves: PlanVerdict = { quotaError: null, policy: { kind: 'approve', rule: null }, price: null, quota: [] };
const asks: PlanVerdict = {
  ...approves,
  policy: {
    kind: 'ask',
    rule: null,
    reasons: ['big'],
    levels: [
      { mode: 'ANY_OF', approvers: [{ role: 'approver' }], minApprovals: 1, expiresInHours: 72, onExpiry: 'reject' },
    ],
  },
};
const amy = { principal: 'amy', tenantId: null, roles: ['approver'] };

describe('several VMs that are decided about together', () => {
  it('know of each other, whichever is asked for', () => {
    const [first, second] = three() as [Change, Change];
    expect(leadOf(second)).toEqual({ change: first, id: createId, place: { id: createId, index: 1, count } });
    expect(togetherWith(second, idAt(2)).map(({ id }) => id)).toEqual([1, 2, 3].map(idAt));
  });

  it('are none of another request, and none that goes its own way', () => {
    const alone = aScene({ vm: aVm(), operations: [anOperation({ state: 'accepted' })] });
    const running = sceneAt(2, { operations: [anOperation({ id: idAt(2), state: 'queued' })] });
    const changes = [...changesOf([sceneAt(1), alone, running]).values()];
    expect(changes.map(({ batch }) => batch)).toEqual([[], []]);
  });

  it('are queued together by the plan of the first, each under its own name', () => {
    const changes = three();
    const [first] = changes as [Change];
    const losses = [{ feature: 'secure-boot', pointer: '/', message: `${first.vm.spec?.platformName ?? ''} has none` }];
    planAccepted(first, createId, aPlan({ diskGib: 12, losses: losses as never }), approves);
    expect(states(changes)).toEqual(['queued', 'queued', 'queued']);
    expect(changes.map(({ vm }) => [vm.batchId, vm.plan?.losses[0]?.message])).toEqual(
      changes.map(({ vm }) => [null, `${vm.spec?.platformName ?? ''} has none`]),
    );
    expect(changes.map(({ ledger }) => ledger)).toEqual(
      changes.map(() => ({ kind: 'plan', amounts: { ...held, diskGib: 12 } })),
    );
    expect(changes.map(({ batch }) => batch.length)).toEqual([0, 0, 0]);
  });

  it('are asked about once, wait as long as the first, and are let go by one signature', () => {
    const changes = three();
    const [first, second] = changes as [Change, Change];
    planAccepted(first, createId, aPlan(), asks);
    expect(states(changes)).toEqual(['pending_approval', 'accepted', 'accepted']);
    expect(changes.flatMap(told).filter((one) => one.startsWith('approval'))).toEqual(['approval asked']);
    const lead = first.operation(createId).doc;
    expect(second.operation(idAt(2)).doc).toMatchObject({
      deadlineAt: lead.deadlineAt,
      approvalId: lead.approvalId,
      waitingFor: { kind: 'operation', until: lead.deadlineAt },
    });
    const approval = first.approval(lead.approvalId ?? '');
    if (approval === undefined) throw new Error('nobody was asked');
    expect(approval.plan.total).toMatchObject({ count, name: 'web', amounts: { vcpus: 6, vms: 3 } });
    const said = { decision: 'approve', planHash: approval.plan.hash, comment: '' } as const;
    decide(first, approval, said, { ...amy, admission: new Admission([]) });
    expect(states(changes)).toEqual(['queued', 'queued', 'queued']);
    const plans = changes.map((change, index) => change.operation(idAt(index + 1)).doc.plan);
    expect(plans.map((plan) => plan?.total)).toEqual([undefined, undefined, undefined]);
    expect(new Set([approval.plan.hash, ...plans.map((plan) => plan?.hash)]).size).toBe(4);
  });

  it.each([1, 2, 3])('end together when number %i of them is cancelled', (index) => {
    const changes = three();
    cancel(changes[index - 1]!, idAt(index), 'tina');
    expect(states(changes)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(changes.map(({ ledger, vm }) => [ledger, vm.batchId])).toEqual(
      changes.map(() => [{ kind: 'release' }, null]),
    );
  });

  it.each([1, 3])('end together at their deadline, whichever the sweeper finds first: number %i', (index) => {
    const changes = three({}, inMs(-1).toISOString());
    wake(changes[index - 1]!, idAt(index));
    expect(states(changes)).toEqual(['expired', 'expired', 'expired']);
    wake(changes[0]!, createId);
    expect(states(changes)).toEqual(['expired', 'expired', 'expired']);
  });

  it('do not wait for a first that went its own way', () => {
    const overdue = inMs(-1).toISOString();
    const lead = sceneAt(1, { operations: [anOperation({ batch: { id: createId, index: 1, count } })] });
    const changes = changesOf([lead, sceneAt(2, {}, overdue), sceneAt(3, {}, overdue)]);
    const [second, third] = [2, 3].map((index) => changes.get(vmIdOf(idAt(index)))) as [Change, Change];
    wake(second, idAt(2));
    expect([second.operation(idAt(2)).doc.state, third.operation(idAt(3)).doc.state]).toEqual(['expired', 'expired']);
    expect(changes.get(vmIdOf(createId))?.operation(createId).doc.state).toBe('queued');
  });
});
