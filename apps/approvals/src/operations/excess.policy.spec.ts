import { noAmount, type LevelDecision, type Quota } from '@dcm/contracts';
import { aChange, anApproval, anOperation, aVm, idOf, projectId, tenantId } from '../../test/scene.builder';
import { Admission } from '../policies/admission.policy';
import type { Change } from './change';
import { takeExcess } from './excess.policy';

const id = idOf('resize');
const size = { cpus: 4, memoryMib: 2048, disks: [{ sizeGib: 10 }] };
const before = { ...noAmount, vcpus: 2, memoryMib: 2048, diskGib: 10, vms: 1, snapshots: 2 };
const resize = { target: size, size, sizeName: null, before, amounts: { ...before, vcpus: 4 } };
const said: LevelDecision = { by: 'amy', level: 0, decision: 'approve', comment: '', at: '', seats: [0] };
const quota = (scope: Quota['scope'], limits: Quota['limits']): Quota => {
  const used = { ...before, snapshots: 1 };
  return { id: scope === 'tenant' ? tenantId : projectId, scope, tenantId, limits, held: noAmount, used, seq: 7 };
};
const onResize = (): Change =>
  aChange({
    vm: aVm({ lifecycle: 'active', presence: 'present' }),
    operations: [anOperation({ id, kind: 'vm.resize', state: 'pending_approval' }, { goal: { resize } })],
    // One snapshot was removed by hand since it was asked.
    amounts: { ...before, snapshots: 1 },
  });
const approval = anApproval({ operationId: id, raises: 'project' });

describe('what was signed beyond the quota', () => {
  it('raises the limits that are in its way to what is in use then, and no other', () => {
    const change = onResize();
    const scopes = [quota('tenant', {}), quota('project', { vcpus: 3, memoryMib: 2048, snapshots: 1 })];
    takeExcess(change, approval, said, new Admission(scopes));
    const limits = { vcpus: 4, memoryMib: 2048, snapshots: 1 };
    expect(change.raised).toMatchObject({ by: 'amy', quotas: [{ id: projectId, limits, seq: 8 }] });
    expect(change.ledger).toMatchObject({ kind: 'correct', amounts: { vcpus: 4 } });
  });

  it('is refused where the limit of the tenant came into its way, and takes nothing', () => {
    const change = onResize();
    const scopes = [quota('tenant', { vcpus: 3 }), quota('project', { vcpus: 3 })];
    expect(() => {
      takeExcess(change, approval, said, new Admission(scopes));
    }).toThrow(/tenant quota of vcpus: limit 3, in use 2, asked 2/);
    expect([change.raised, change.ledger]).toEqual([null, null]);
  });

  it('of a question that raises nothing is nothing', () => {
    const change = onResize();
    takeExcess(change, anApproval({ operationId: id }), said, new Admission([]));
    expect([change.raised, change.ledger]).toEqual([null, null]);
  });
});
