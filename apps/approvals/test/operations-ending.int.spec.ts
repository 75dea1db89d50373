import { waitUntil } from '@dcm/messaging/testing';
import { vmIdOf } from '@dcm/runtime';
import type { OperationId } from '@dcm/contracts';
import type { WorkCommand } from './provisioner.builder';
import { OperationsStand, type Home } from './operations-stand';
import { anError } from './scene.builder';

jest.setTimeout(30_000);

describe('operations that end otherwise than asked for', () => {
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

  describe('cancelled', () => {
    it('end at once before anybody works on them, and give everything back', async () => {
      home.provisioner.plan = () => undefined;
      const id = await stand.create(home);
      await stand.until(id, 'planning');
      expect(await stand.cancel(home, id)).toMatchObject({
        state: 'cancelled',
        done: true,
        error: { code: 'CANCELLED' },
      });
      expect(await stand.ledger(id)).toBe('nothing');
      expect(await stand.cancel(home, id)).toMatchObject({ state: 'cancelled' });
    });

    it('end at once when their message was sent and nobody took it; whoever takes it later drops it', async () => {
      const held = home.provisioner.hold();
      const id = await stand.create(home);
      await waitUntil(() => held.length > 0, 'the work');
      await stand.cancel(home, id);
      expect(await stand.ledger(id)).toBe('nothing');
      expect(await home.provisioner.ask('claim', held[0]!)).toMatchObject({ verdict: 'drop' });
    });

    it('stop their worker, and what it reports decides: nothing was made', async () => {
      const held = home.provisioner.hold();
      const id = await stand.create(home);
      const command = await claimed(held);
      expect(await stand.cancel(home, id)).toMatchObject({ state: 'running', waitingFor: { kind: 'worker' } });
      expect(await home.provisioner.ask('renew', command)).toMatchObject({ verdict: 'stop' });
      expect(await stand.ledger(id)).toBe('held');
      await home.provisioner.fail(command, anError('CANCELLED', 'NONE'));
      await stand.until(id, 'cancelled');
      expect(await stand.ledger(id)).toBe('nothing');
    });

    it('succeed when the worker was faster', async () => {
      const held = home.provisioner.hold();
      const id = await stand.create(home);
      const command = await claimed(held);
      await stand.cancel(home, id);
      await home.provisioner.succeed(command, home.provisioner.make(command));
      await stand.until(id, 'succeeded');
      expect(await stand.ledger(id)).toBe('used');
    });

    it('have what they left behind looked for and deleted', async () => {
      const held = home.provisioner.hold();
      const id = await stand.create(home);
      const command = await claimed(held);
      await stand.cancel(home, id);
      home.provisioner.make(command, { complete: false });
      home.provisioner.act = (one, type) => home.provisioner.workAsAsked(one, type);
      await home.provisioner.fail(command, anError('CANCELLED', 'PARTIAL'));
      await stand.until(id, 'cancelled');
      await stand.until(await systemDelete(id), 'succeeded');
      expect(await stand.ledger(id)).toBe('nothing');
      expect(await stand.vm(id)).toMatchObject({ lifecycle: 'deleted', presence: 'missing' });
      expect(home.provisioner.vms.size).toBe(0);
    });

    it('cannot be cancelled by another tenant, nor once they have ended', async () => {
      const id = await stand.create(home);
      await stand.until(id, 'succeeded');
      await expect(stand.cancel(home, id)).rejects.toMatchObject({ code: 'CONFLICT' });
      const other = await stand.neighbour(home);
      await expect(stand.cancel(other, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  describe('because a delete came', () => {
    it('are cancelled before they begin, and the VM is deleted at once', async () => {
      home.provisioner.plan = () => undefined;
      const id = await stand.create(home);
      await stand.until(id, 'planning');
      const deletion = await stand.delete(home, id);
      await stand.until(deletion, 'succeeded');
      expect((await stand.operation(id))?.state).toBe('cancelled');
      expect(await stand.ledger(id)).toBe('nothing');
      expect(await stand.vm(id)).toMatchObject({ lifecycle: 'deleted' });
      expect(home.provisioner.commands('delete')).toEqual([]);
    });

    it('are waited for by a second delete, too, when the first was cancelled meanwhile', async () => {
      const held = home.provisioner.hold();
      const id = await stand.create(home);
      const command = await claimed(held);
      const first = await stand.delete(home, id);
      await stand.until(first, 'queued');
      expect(await stand.cancel(home, first)).toMatchObject({ state: 'cancelled' });
      const second = await stand.delete(home, id);
      expect(await stand.until(second, 'queued')).toMatchObject({ waitingFor: { kind: 'operation' } });
      expect(home.provisioner.commands('delete')).toEqual([]);
      await home.provisioner.fail(command, anError('CANCELLED', 'NONE'));
      await stand.until(second, 'succeeded');
      expect((await stand.operation(id))?.state).toBe('cancelled');
      expect(await stand.ledger(id)).toBe('nothing');
    });

    it('are stopped, and the delete waits until no attempt can act any more', async () => {
      const held = home.provisioner.hold();
      const id = await stand.create(home);
      const command = await claimed(held);
      const deletion = await stand.delete(home, id);
      expect(await stand.until(deletion, 'queued')).toMatchObject({ waitingFor: { kind: 'operation' } });
      expect(await home.provisioner.ask('renew', command)).toMatchObject({ verdict: 'stop' });
      expect(home.provisioner.commands('delete')).toEqual([]);
      await home.provisioner.succeed(command, home.provisioner.make(command));
      await stand.until(id, 'succeeded');
      await waitUntil(() => held.length === 2, 'the delete command');
      await home.provisioner.workAsAsked(held[1]!, 'delete');
      await stand.until(deletion, 'succeeded');
      expect(home.provisioner.vms.size).toBe(0);
      expect(await stand.ledger(id)).toBe('nothing');
    });

    it('are waited for when their worker fell silent, and "absent" then takes a second look', async () => {
      const held = home.provisioner.hold();
      const id = await stand.create(home);
      const command = await claimed(held);
      const deletion = await stand.delete(home, id);
      await stand.until(deletion, 'queued');
      const looks: number[] = [];
      home.provisioner.act = (one, type) => {
        looks.push(performance.now());
        return home.provisioner.workAsAsked(one, type);
      };
      const claimedAt = performance.now();
      expect(command.attempt).toBe(1);
      await stand.until(deletion, 'succeeded');
      expect((await stand.operation(id))?.state).toBe('cancelled');
      expect((looks[0] ?? 0) - claimedAt).toBeGreaterThan(1_700);
      expect(looks).toHaveLength(2);
      expect((looks[1] ?? 0) - (looks[0] ?? 0)).toBeGreaterThanOrEqual(395);
      expect(await stand.ledger(id)).toBe('nothing');
    });

    it('need no second delete: deleting again is done at once', async () => {
      const id = await stand.create(home);
      await stand.until(id, 'succeeded');
      await stand.until(await stand.delete(home, id), 'succeeded');
      const again = await stand.until(await stand.delete(home, id), 'succeeded');
      expect(again).toMatchObject({ attempt: 0, percent: 100 });
      expect(home.provisioner.commands('delete')).toHaveLength(1);
    });
  });

  it('keep a VM and its quota when the delete finds that it is not ours', async () => {
    const id = await stand.create(home);
    await stand.until(id, 'succeeded');
    home.provisioner.act = async (command) => {
      await home.provisioner.ask('claim', command);
      await home.provisioner.fail(command, anError('NOT_OURS'));
    };
    const deletion = await stand.until(await stand.delete(home, id), 'failed');
    expect(deletion.error?.code).toBe('HYPERVISOR_REFUSED');
    expect(await stand.vm(id)).toMatchObject({ lifecycle: 'active' });
    expect(await stand.ledger(id)).toBe('used');
  });
});
