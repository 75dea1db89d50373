import type { OperationId, VmId } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { newId, vmIdOf } from '@dcm/runtime';
import { statusOf, type WorkCommand } from './provisioner.builder';
import { OperationsStand, type Home } from './operations-stand';
import { anError } from './scene.builder';

jest.setTimeout(30_000);

describe('dispatching operations', () => {
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

  const first = async (held: readonly WorkCommand[], attempt = 1): Promise<WorkCommand> => {
    await waitUntil(() => held.some((command) => command.attempt === attempt), `attempt ${attempt}`);
    const found = held.find((command) => command.attempt === attempt);
    if (found === undefined) throw new Error('unreachable');
    return found;
  };

  it('lets one worker have an attempt, however often and by whomever it is asked for', async () => {
    const held = home.provisioner.hold();
    const id = await stand.create(home);
    const command = await first(held);
    const verdicts = await Promise.all(
      ['a', 'b', 'c', 'd'].map((worker) => home.provisioner.ask('claim', command, worker)),
    );
    const winners = verdicts.filter(({ verdict }) => verdict === 'go');
    expect(winners).toEqual([{ verdict: 'go', leaseMs: 1500 }]);
    const winner = ['a', 'b', 'c', 'd'][verdicts.findIndex(({ verdict }) => verdict === 'go')] ?? '';
    expect(await home.provisioner.ask('claim', command, winner)).toMatchObject({ verdict: 'go' });
    expect(await home.provisioner.ask('renew', command, winner)).toMatchObject({ verdict: 'go' });
    expect(await home.provisioner.ask('renew', command, 'e')).toMatchObject({ verdict: 'drop' });
    expect(await home.provisioner.ask('claim', { ...command, attempt: 2 }, winner)).toMatchObject({ verdict: 'drop' });
    await home.provisioner.succeed(command, home.provisioner.make(command));
    await stand.until(id, 'succeeded');
    expect(await home.provisioner.ask('renew', command, winner)).toMatchObject({ verdict: 'drop' });
  });

  it('takes a claim that does not name its VM, and drops one that names another', async () => {
    const held = home.provisioner.hold();
    const ids = await Promise.all([stand.create(home), stand.create(home)]);
    await waitUntil(() => held.length === 2, 'both commands');
    const [one, other] = held as [WorkCommand, WorkCommand];
    for (const instanceId of [other.instanceId, newId() as VmId])
      expect(await home.provisioner.ask('claim', { ...one, instanceId })).toMatchObject({
        verdict: 'drop',
        reason: 'the operation is not known',
      });
    const { operationId, attempt } = one;
    expect(await home.provisioner.ask('claim', { operationId, attempt })).toMatchObject({ verdict: 'go' });
    expect(await home.provisioner.ask('claim', other)).toMatchObject({ verdict: 'go' });
    for (const command of held) await home.provisioner.succeed(command, home.provisioner.make(command));
    await Promise.all(ids.map((id) => stand.until(id, 'succeeded')));
  });

  it('believes facts and claims of a site only from its publisher', async () => {
    const held = home.provisioner.hold();
    const id = await stand.create(home);
    const command = await first(held);
    const stranger = await stand.connectAs('mallory');
    const { operationId, attempt, instanceId } = command;
    const status = statusOf(command);
    const lie = { operationId, attempt, instanceId, status, outcome: 'created' } as const;
    await home.provisioner.tell('io.dcm.fact.succeeded.v1', lie, stranger);
    await waitUntil(async () => (await stand.deadLetters()).length === 1, 'the dead letter');
    expect(await stand.deadLetters()).toMatchObject([{ reason: 'PERMISSION_DENIED' }]);
    await stand.rows('DELETE FROM approvals.dead_letter RETURNING id');
    const mallory = Object.assign(Object.create(home.provisioner) as typeof home.provisioner, { broker: stranger });
    await expect(mallory.ask('claim', command)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect((await stand.operation(id))?.state).toBe('running');
    await stand.cancel(home, id);
  });

  it('sends an unclaimed attempt again, and counts no further attempt for it', async () => {
    const held = home.provisioner.hold();
    const id = await stand.create(home);
    await waitUntil(() => held.length >= 2, 'the second copy');
    expect(held.map(({ attempt }) => attempt)).toEqual([1, 1]);
    await home.provisioner.workAsAsked(held[0]!, 'provision');
    expect(await stand.until(id, 'succeeded')).toMatchObject({ attempt: 1 });
  });

  it('gives an attempt whose worker fell silent to another one, only after its last call must be over', async () => {
    const held = home.provisioner.hold();
    const id = await stand.create(home);
    const lost = await first(held);
    await home.provisioner.ask('claim', lost, 'dead');
    const claimedAt = performance.now();
    const next = await first(held, 2);
    expect(performance.now() - claimedAt).toBeGreaterThan(1_750);
    expect(await home.provisioner.ask('renew', lost, 'dead')).toMatchObject({ verdict: 'drop' });
    await home.provisioner.workAsAsked(next, 'provision');
    expect(await stand.until(id, 'succeeded')).toMatchObject({ attempt: 2 });
  });

  it('takes a late success of the silent attempt while nobody else is at work', async () => {
    const held = home.provisioner.hold();
    const id = await stand.create(home);
    const slow = await first(held);
    await home.provisioner.ask('claim', slow);
    await waitUntil(async () => (await stand.operation(id))?.waitingFor?.kind === 'retry', 'the lease to expire');
    await home.provisioner.succeed(slow, home.provisioner.make(slow));
    expect(await stand.until(id, 'succeeded')).toMatchObject({ attempt: 1 });
    expect(await stand.ledger(id)).toBe('used');
  });

  it('is not disturbed by a late success of attempt 1 during or after attempt 2', async () => {
    const held = home.provisioner.hold();
    const id = await stand.create(home);
    const slow = await first(held);
    await home.provisioner.ask('claim', slow, 'slow');
    const second = await first(held, 2);
    await home.provisioner.ask('claim', second);
    const made = home.provisioner.make(slow);
    await home.provisioner.succeed(slow, made);
    await waitUntil(async () => {
      const [row] = await stand.rows<{ ids: string[] }>('SELECT native_ids AS ids FROM approvals.vm WHERE id = $1', [
        vmIdOf(id),
      ]);
      return row?.ids.includes(made.status.nativeId) === true;
    }, 'the native id to be kept');
    expect((await stand.operation(id))?.state).toBe('running');
    await home.provisioner.succeed(second, home.provisioner.make(second));
    const { seq } = await stand.until(id, 'succeeded');
    await home.provisioner.succeed(slow, made);
    await stand.until(await stand.power(home, id), 'running');
    expect((await stand.operation(id))?.seq).toBe(seq);
    expect(await stand.ledger(id)).toBe('used');
  });

  it('retries what may pass, counts it, and ends with the reason when the attempts are used up', async () => {
    home.provisioner.act = async (command) => {
      await home.provisioner.ask('claim', command);
      await home.provisioner.fail(command, anError('CONCURRENT_CHANGE'));
    };
    const id = await stand.create(home);
    const operation = await stand.until(id, 'failed');
    expect(operation).toMatchObject({
      attempt: 5,
      error: { code: 'HYPERVISOR_FAILED', message: 'it is CONCURRENT_CHANGE' },
    });
    expect(await stand.ledger(id)).toBe('nothing');
    expect(await stand.vm(id)).toMatchObject({ lifecycle: 'failed' });
  });

  it('fails at once what cannot pass, and gives everything back', async () => {
    home.provisioner.act = async (command) => {
      await home.provisioner.ask('claim', command);
      await home.provisioner.fail(command, anError('INVALID_SPEC'));
    };
    const id = await stand.create(home);
    expect(await stand.until(id, 'failed')).toMatchObject({ attempt: 1, error: { code: 'HYPERVISOR_REFUSED' } });
    expect(await stand.ledger(id)).toBe('nothing');
  });

  it('goes on with work that yielded, with its token, and calls that no failure', async () => {
    const held = home.provisioner.hold();
    const id = await stand.create(home);
    for (let attempt = 1; attempt <= 7; attempt++) {
      const command = await first(held, attempt);
      expect(command.resume).toBe(attempt === 1 ? undefined : `task-${attempt - 1}`);
      await home.provisioner.ask('claim', command);
      const { operationId, instanceId } = command;
      await home.provisioner.tell('io.dcm.fact.yielded.v1', {
        operationId,
        instanceId,
        attempt,
        resume: `task-${attempt}`,
      });
    }
    await home.provisioner.workAsAsked(await first(held, 8), 'provision');
    expect(await stand.until(id, 'succeeded')).toMatchObject({ attempt: 8 });
  });

  it('keeps the last checkpoint of a worker that died', async () => {
    const held = home.provisioner.hold();
    const id = await stand.create(home);
    const lost = await first(held);
    await home.provisioner.ask('claim', lost);
    await home.provisioner.progress(lost, 30, 'cloning', 'task-42');
    const next = await first(held, 2);
    expect(next.resume).toBe('task-42');
    await home.provisioner.workAsAsked(next, 'provision');
    await stand.until(id, 'succeeded');
  });

  it('shows progress that never falls, each new step at once and a mere percent not more often than twice a second', async () => {
    const held = home.provisioner.hold();
    const id = await stand.create(home);
    const command = await first(held);
    await home.provisioner.ask('claim', command);
    for (let percent = 1; percent <= 40; percent++) await home.provisioner.progress(command, percent, 'cloning');
    await home.provisioner.progress(command, 20, 'booting');
    await waitUntil(async () => (await stand.operation(id))?.step === 'booting', 'the step');
    const told = await stand.rows<{ percent: number; step: string }>(
      `SELECT (doc ->> 'percent')::int AS percent, doc ->> 'step' AS step FROM approvals.journal
       WHERE subject = $1 AND action = 'progress' ORDER BY seq`,
      [id],
    );
    expect(told.map(({ step }) => step)).toEqual(expect.arrayContaining(['cloning', 'booting']));
    expect(told.length).toBeLessThan(20);
    const percents = told.map(({ percent }) => percent);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    await home.provisioner.workAsAsked(command, 'provision');
    await stand.until(id, 'succeeded');
  });

  it('rests with a site that does not answer, counts no attempt, tries it with one operation, and goes on', async () => {
    let isDown = true;
    home.provisioner.act = async (command, type) => {
      if (!isDown) return home.provisioner.workAsAsked(command, type);
      await home.provisioner.ask('claim', command);
      await home.provisioner.fail(command, anError('SITE_UNREACHABLE'));
    };
    const ids = await Promise.all([1, 2, 3].map(() => stand.create(home)));
    await waitUntil(async () => (await siteOf()).paused_until !== null, 'the pause');
    const resting = await Promise.all(ids.map((id) => stand.until(id, 'queued')));
    for (const operation of resting) {
      await waitUntil(async () => (await stand.operation(operation.id))?.waitingFor?.kind === 'site', 'the reason');
    }
    const attemptsBefore = home.provisioner.commands('provision').length;
    isDown = false;
    const done = await Promise.all(ids.map((id) => stand.until(id, 'succeeded')));
    expect(home.provisioner.commands('provision').length - attemptsBefore).toBe(3);
    expect((await siteOf()).paused_until).toBeNull();
    const failures = await stand.rows<{ failures: number }>(
      'SELECT failures FROM approvals.operation WHERE id = ANY($1)',
      [done.map(({ id }) => id)],
    );
    expect(failures.map((row) => row.failures)).toEqual([0, 0, 0]);
  });
  const siteOf = async (): Promise<{ paused_until: Date | null }> =>
    (
      await stand.rows<{ paused_until: Date | null }>('SELECT paused_until FROM approvals.site WHERE name = $1', [
        home.site,
      ])
    )[0] ?? {
      paused_until: null,
    };

  it('gives no work to a site that is drained', async () => {
    const id = await stand.create(home);
    await stand.until(id, 'succeeded');
    await stand.call('admin.site.update', { name: home.site, draining: true });
    const power = await stand.power(home, id);
    await waitUntil(async () => (await stand.operation(power))?.waitingFor?.kind === 'site', 'the reason');
    expect((await stand.operation(power))?.waitingFor?.detail).toBe(`site ${home.site} is being drained`);
    await stand.call('admin.site.update', { name: home.site, draining: false });
    await stand.until(power, 'succeeded');
  });

  it('sends nobody home: approvals restarts in the middle and everything ends well', async () => {
    const held = home.provisioner.hold();
    const ids = await Promise.all([1, 2, 3].map(() => stand.create(home)));
    await waitUntil(() => held.length === 3, 'the work');
    const [early] = held as [WorkCommand];
    await home.provisioner.ask('claim', early);
    await stand.stopApprovals();
    const report = home.provisioner.succeed(early, home.provisioner.make(early));
    const asked = stand.create(home);
    await stand.startApprovals();
    const [late] = await Promise.all([asked, report]);
    home.provisioner.act = (command, type) => home.provisioner.workAsAsked(command, type);
    for (const command of held.slice(1)) await home.provisioner.workAsAsked(command, 'provision');
    const all: OperationId[] = [...ids, late];
    const done = await Promise.all(all.map((id) => stand.until(id, 'succeeded')));
    expect(done.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
    expect(home.provisioner.vms.size).toBe(4);
  });

  it('lets a lease run only while somebody is there to renew it with', async () => {
    const held = home.provisioner.hold();
    const id = await stand.create(home);
    const command = await first(held);
    await home.provisioner.ask('claim', command);
    await stand.stopApprovals();
    // As if the process had been away for an hour.
    await stand.rows(
      `UPDATE approvals.operation SET lease_until = lease_until - interval '1 hour', wake_at = wake_at - interval '1 hour' WHERE id = $1 RETURNING id`,
      [id],
    );
    await stand.rows(`UPDATE approvals.heartbeat SET at = at - interval '1 hour' RETURNING at`);
    await stand.startApprovals();
    expect(await home.provisioner.ask('renew', command)).toMatchObject({ verdict: 'go' });
    await home.provisioner.succeed(command, home.provisioner.make(command));
    expect(await stand.until(id, 'succeeded')).toMatchObject({ attempt: 1 });
  });
});
