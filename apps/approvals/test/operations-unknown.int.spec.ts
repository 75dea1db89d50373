import { waitUntil } from '@dcm/messaging/testing';
import { vmIdOf } from '@dcm/runtime';
import type { OperationId } from '@dcm/contracts';
import { statusOf, type WorkCommand } from './provisioner.builder';
import { OperationsStand, type Home } from './operations-stand';
import { anError } from './scene.builder';

jest.setTimeout(30_000);

describe('operations whose end nobody saw', () => {
  let stand: OperationsStand;
  let home: Home;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  beforeEach(async () => {
    home = await stand.home();
  });
  afterEach(async () => {
    expect(home.provisioner.mishaps).toEqual([]);
    await stand.assertInvariants();
  });
  afterAll(() => stand.close());

  const claimed = async (held: readonly WorkCommand[], worker?: string): Promise<WorkCommand> => {
    await waitUntil(() => held.length > 0, 'the work');
    const command = held[0]!;
    await home.provisioner.ask('claim', command, worker);
    return command;
  };
  const deletesOf = (id: OperationId): Promise<{ id: OperationId; state: string; requester: string }[]> =>
    stand.rows(
      `SELECT id, state, doc ->> 'requester' AS requester FROM approvals.operation WHERE vm_id = $1 AND kind = 'vm.delete'`,
      [vmIdOf(id)],
    );
  const systemDelete = async (id: OperationId): Promise<OperationId> => {
    await waitUntil(async () => (await deletesOf(id)).length > 0, 'the delete');
    const [found] = await deletesOf(id);
    if (found === undefined) throw new Error('unreachable');
    expect(found.requester).toBe('system');
    return found.id;
  };

  describe('with an unknown outcome', () => {
    const endUnknown = async (): Promise<{ id: OperationId; command: WorkCommand }> => {
      const held = home.provisioner.hold();
      const id = await stand.create(home);
      const command = await claimed(held);
      home.provisioner.act = (one, type) => home.provisioner.workAsAsked(one, type);
      await home.provisioner.fail(command, anError('OUTCOME_UNKNOWN', 'UNKNOWN'));
      expect(await stand.until(id, 'failed')).toMatchObject({ error: { code: 'OUTCOME_UNKNOWN' } });
      return { id, command };
    };

    it('keep their quota until the VM was looked for twice, a late effect apart', async () => {
      const looks: number[] = [];
      home.provisioner.look = () => {
        looks.push(performance.now());
        return [];
      };
      const { id } = await endUnknown();
      expect(await stand.ledger(id)).toBe('held');
      await waitUntil(async () => (await stand.ledger(id)) === 'nothing', 'the release');
      expect(looks).toHaveLength(2);
      expect((looks[1] ?? 0) - (looks[0] ?? 0)).toBeGreaterThanOrEqual(395);
      expect(await stand.vm(id)).toMatchObject({ lifecycle: 'failed', presence: 'missing' });
      expect(await deletesOf(id)).toEqual([]);
    });

    it('do not take "could not look" for "not there"', async () => {
      home.provisioner.look = () => anError('SITE_UNREACHABLE');
      const { id } = await endUnknown();
      await waitUntil(
        () => home.provisioner.received.filter(({ type }) => type.includes('.status.')).length >= 2,
        'two looks',
      );
      expect(await stand.ledger(id)).toBe('held');
      home.provisioner.look = () => [];
      await waitUntil(async () => (await stand.ledger(id)) === 'nothing', 'the release');
    });

    it('have a VM that shows up between the two looks deleted', async () => {
      let looked = 0;
      const { vms } = home.provisioner;
      home.provisioner.look = ({ instanceId, ownership }) => {
        looked += 1;
        if (looked === 1) return [];
        const vm = vms.get(instanceId) ?? statusOf({ instanceId, ownership });
        vms.set(instanceId, vm);
        return [vm];
      };
      const { id } = await endUnknown();
      await stand.until(await systemDelete(id), 'succeeded');
      expect(looked).toBe(2);
      expect(vms.size).toBe(0);
      expect(await stand.ledger(id)).toBe('nothing');
    });

    it('are reopened by a late success: its quota is taken again, fitting or not, and the VM is deleted', async () => {
      home.provisioner.look = () => [];
      const { id, command } = await endUnknown();
      await waitUntil(async () => (await stand.ledger(id)) === 'nothing', 'the release');
      await stand.call('admin.quota.set', { scope: 'project', id: home.projectId, limits: { vms: 0 } });
      const held = home.provisioner.hold();
      await home.provisioner.succeed(command, home.provisioner.make(command));
      const deletion = await systemDelete(id);
      expect(await stand.ledger(id)).toBe('used');
      await waitUntil(() => held.length > 0, 'the delete command');
      expect(held[0]?.nativeIds).toEqual([`native-${command.instanceId}`]);
      await home.provisioner.workAsAsked(held[0]!, 'delete');
      await stand.until(deletion, 'succeeded');
      expect(await stand.ledger(id)).toBe('nothing');
      expect((await stand.operation(id))?.state).toBe('failed');
    });
  });

  describe('past their deadline', () => {
    let brief: OperationsStand;

    beforeAll(async () => {
      brief = await OperationsStand.open({ DCM_OPERATION_DEADLINE_MS: '900', DCM_LEASE_MS: '500' });
    });
    afterEach(() => brief.assertInvariants());
    afterAll(() => brief.close());

    it('expire where nobody works on them, and give everything back', async () => {
      const there = await brief.home();
      there.provisioner.plan = () => undefined;
      const id = await brief.create(there);
      expect(await brief.until(id, 'expired')).toMatchObject({ error: { code: 'DEADLINE_EXCEEDED' } });
      expect(await brief.ledger(id)).toBe('nothing');
    });

    it('expire where the site never announced itself', async () => {
      const there = await brief.home({ announce: false });
      const id = await brief.create(there);
      await brief.until(id, 'expired');
      expect(await brief.ledger(id)).toBe('nothing');
    });

    it('stop their worker, fail when it stays silent, and have the VM looked for', async () => {
      const there = await brief.home();
      const held = there.provisioner.hold();
      const id = await brief.create(there);
      await waitUntil(() => held.length > 0, 'the work');
      const command = held[0]!;
      await there.provisioner.ask('claim', command);
      const renew = async (): Promise<boolean> => (await there.provisioner.ask('renew', command)).verdict === 'stop';
      await waitUntil(renew, 'the stop');
      expect(await brief.until(id, 'failed')).toMatchObject({ error: { code: 'DEADLINE_EXCEEDED' } });
      await waitUntil(async () => (await brief.ledger(id)) === 'nothing', 'two looks and the release');
      expect(there.provisioner.received.filter(({ type }) => type.includes('.status.')).length).toBeGreaterThanOrEqual(
        2,
      );
    });
  });

  describe('whose worker falls silent', () => {
    let brief: OperationsStand;

    beforeAll(async () => {
      brief = await OperationsStand.open({ DCM_MAX_ATTEMPTS: '1', DCM_LEASE_MS: '400' });
    });
    afterEach(() => brief.assertInvariants());
    afterAll(() => brief.close());

    it('end when a worker falls silent for good, and are looked for only after its last call', async () => {
      const there = await brief.home();
      const held = there.provisioner.hold();
      const id = await brief.create(there);
      await waitUntil(() => held.length > 0, 'the work');
      const command = held[0]!;
      await there.provisioner.ask('claim', command);
      const claimedAt = performance.now();
      let lookedAt = 0;
      there.provisioner.look = () => {
        lookedAt ||= performance.now();
        return [];
      };
      expect(await brief.until(id, 'failed')).toMatchObject({ error: { code: 'OUTCOME_UNKNOWN' } });
      expect(await there.provisioner.ask('renew', command)).toMatchObject({ verdict: 'drop' });
      await waitUntil(() => lookedAt > 0, 'the look');
      expect(lookedAt - claimedAt).toBeGreaterThanOrEqual(690);
      await waitUntil(async () => (await brief.ledger(id)) === 'nothing', 'the release');
    });
  });

  it('release a VM whose delete ended unknown and that is seen no more', async () => {
    const id = await stand.create(home);
    await stand.until(id, 'succeeded');
    home.provisioner.act = async (command) => {
      await home.provisioner.ask('claim', command);
      home.provisioner.vms.delete(command.instanceId);
      await home.provisioner.fail(command, anError('OUTCOME_UNKNOWN', 'UNKNOWN'));
    };
    await stand.until(await stand.delete(home, id), 'failed');
    expect(await stand.ledger(id)).toBe('used');
    await waitUntil(async () => (await stand.vm(id))?.lifecycle === 'deleted', 'the VM to be gone');
    expect(await stand.ledger(id)).toBe('nothing');
  });
});
