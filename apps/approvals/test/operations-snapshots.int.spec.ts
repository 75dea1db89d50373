import type { Operation, OperationId, Snapshot } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { vmIdOf } from '@dcm/runtime';
import type { WorkCommand } from './provisioner.builder';
import { OperationsStand, type Home } from './operations-stand';
import { anError } from './scene.builder';

jest.setTimeout(60_000);

describe('snapshots', () => {
  let stand: OperationsStand;
  let home: Home;
  let vm: OperationId;

  beforeAll(async () => {
    stand = await OperationsStand.open({ DCM_MAX_SNAPSHOTS: '3' });
  });
  beforeEach(async () => {
    home = await stand.home();
    vm = await stand.create(home);
    await stand.until(vm, 'succeeded');
  });
  afterEach(async () => {
    expect(home.provisioner.mishaps).toEqual([]);
    await stand.assertInvariants();
  });
  afterAll(() => stand.close());

  const shown = async (): Promise<readonly Snapshot[]> => (await stand.vm(vm))?.snapshots ?? [];
  const make = async (name: string): Promise<OperationId> => {
    const id = await stand.snapshot(home, vm, 'create', { name });
    await stand.until(id, 'succeeded');
    return id;
  };
  const refusal = async (what: 'create' | 'revert' | 'remove', body: object): Promise<Operation['error']> =>
    (await stand.until(await stand.snapshot(home, vm, what, body), 'rejected')).error;
  /** The next work on a snapshot is held by whoever takes it. */
  const held = async (): Promise<WorkCommand[]> => {
    const taken: WorkCommand[] = [];
    home.provisioner.act = async (command, type) => {
      if (!type.includes('snapshot')) return home.provisioner.workAsAsked(command, type);
      await home.provisioner.ask('claim', command);
      taken.push(command);
      return undefined;
    };
    return Promise.resolve(taken);
  };
  const firstOf = async (taken: readonly WorkCommand[]): Promise<WorkCommand> => {
    await waitUntil(() => taken.length > 0, 'the work');
    return taken[0]!;
  };

  it('are made, reverted to and removed, and the VM shows which it has', async () => {
    const a = await make('before update');
    const b = await make('after');
    const [first, second] = await shown();
    expect(first).toMatchObject({
      id: a,
      name: 'before update',
      platformName: `before update-${a.slice(-8)}`,
      isCurrent: false,
    });
    expect(second).toMatchObject({ id: b, isCurrent: true });
    await stand.until(await stand.snapshot(home, vm, 'revert', { snapshotId: a }), 'succeeded');
    expect((await shown()).map(({ isCurrent }) => isCurrent)).toEqual([true, false]);
    await stand.until(await stand.snapshot(home, vm, 'remove', { snapshotId: a }), 'succeeded');
    expect(await shown()).toMatchObject([{ id: b }]);
    const works = home.provisioner.commands('snapshot').map(({ snapshot }) => snapshot);
    expect(works).toMatchObject([
      { action: 'create', name: first?.platformName, description: '', memory: false },
      { action: 'create' },
      { action: 'revert', name: first?.platformName },
      { action: 'remove', name: first?.platformName },
    ]);
  });

  it('are refused for a name that is taken, one that is not there, and beyond the most', async () => {
    await make('a');
    expect(await refusal('create', { name: 'a' })).toMatchObject({ code: 'CONFLICT', details: [{ pointer: '/name' }] });
    const snapshotId = vmIdOf(vm);
    for (const what of ['revert', 'remove'] as const) {
      expect(await refusal(what, { snapshotId })).toMatchObject({
        code: 'NOT_FOUND',
        details: [{ pointer: '/snapshotId' }],
      });
    }
    await make('b');
    await make('c');
    expect(await refusal('create', { name: 'd' })).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('it has 3 snapshots, and 3 are the most') as string,
    });
  });

  it('of which somebody removed one by hand are shown without it; strangers never are', async () => {
    await make('a');
    await make('b');
    const status = home.provisioner.vms.get(vmIdOf(vm))!;
    const [, mine] = status.snapshots ?? [];
    const stranger = { ...mine!, name: 'backup-job', isCurrent: false };
    home.provisioner.vms.set(vmIdOf(vm), { ...status, snapshots: [mine!, stranger] });
    const off = await stand.power(home, vm);
    await stand.until(off, 'succeeded');
    expect((await shown()).map(({ name }) => name)).toEqual(['b']);
  });

  it('give back and take the quota of the size that a revert leads to', async () => {
    const small = await make('small');
    await stand.until(await stand.resize(home, vm, { cpus: 8 }), 'succeeded');
    const large = await make('large');
    await stand.until(await stand.snapshot(home, vm, 'revert', { snapshotId: small }), 'succeeded');
    expect(await stand.vm(vm)).toMatchObject({ cpus: 2, size: 's', lifecycle: 'active' });
    expect(await stand.amounts(vm)).toEqual([2, 2048, 10]);
    await stand.call('admin.quota.set', { scope: 'project', id: home.projectId, limits: { vcpus: 4 } });
    expect(await refusal('revert', { snapshotId: large })).toMatchObject({ code: 'QUOTA_EXCEEDED' });
    await stand.call('admin.quota.set', { scope: 'project', id: home.projectId, limits: { vcpus: 8 } });
    await stand.until(await stand.snapshot(home, vm, 'revert', { snapshotId: large }), 'succeeded');
    expect(await stand.amounts(vm)).toEqual([8, 2048, 10]);
  });

  it('whose making ended unknown show up when a look finds them', async () => {
    const taken = await held();
    const id = await stand.snapshot(home, vm, 'create', { name: 'a' });
    const command = await firstOf(taken);
    home.provisioner.workOnSnapshot(command);
    await home.provisioner.fail(command, anError('OUTCOME_UNKNOWN', 'UNKNOWN'));
    await stand.until(id, 'failed');
    await waitUntil(async () => (await shown()).length > 0, 'the snapshot');
    expect(await shown()).toMatchObject([{ id, name: 'a' }]);
  });

  it('that were refused without effect are forgotten', async () => {
    const taken = await held();
    const id = await stand.snapshot(home, vm, 'create', { name: 'a' });
    await home.provisioner.fail(await firstOf(taken), anError('UNSUPPORTED'));
    expect(await stand.until(id, 'failed')).toMatchObject({ error: { code: 'HYPERVISOR_REFUSED' } });
    expect(await shown()).toEqual([]);
    const [row] = await stand.rows<{ memory: object }>(
      'SELECT snapshot_memory AS memory FROM approvals.vm WHERE id = $1',
      [vmIdOf(vm)],
    );
    expect(row?.memory).toEqual({});
  });

  it('are made once by the next worker when the first dies in the middle', async () => {
    const taken = await held();
    const id = await stand.snapshot(home, vm, 'create', { name: 'a' });
    home.provisioner.workOnSnapshot(await firstOf(taken));
    home.provisioner.act = (command, type) => home.provisioner.workAsAsked(command, type);
    expect(await stand.until(id, 'succeeded')).toMatchObject({ attempt: 2 });
    expect(home.provisioner.vms.get(vmIdOf(vm))?.snapshots).toHaveLength(1);
  });

  it('stop when they are cancelled, and make way for a delete', async () => {
    const taken = await held();
    const id = await stand.snapshot(home, vm, 'create', { name: 'a' });
    const command = await firstOf(taken);
    await stand.cancel(home, id);
    await home.provisioner.fail(command, anError('CANCELLED'));
    await stand.until(id, 'cancelled');
    const again = await stand.snapshot(home, vm, 'create', { name: 'b' });
    await waitUntil(() => taken.length === 2, 'the work');
    const gone = await stand.delete(home, vm);
    await home.provisioner.fail(taken[1]!, anError('CANCELLED', 'UNKNOWN'));
    await stand.until(gone, 'succeeded');
    expect(await stand.operation(again)).toMatchObject({ state: 'cancelled' });
    expect(await stand.vm(vm)).toMatchObject({ lifecycle: 'deleted', snapshots: [] });
  });
});
