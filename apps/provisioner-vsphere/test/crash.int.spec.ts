import { OperationYielded, type VmSpec } from '@dcm/contracts';
import { Stand, START_TIMEOUT_MS } from './stand';

/** Needs every step: clone, cards and disks, the guest's data, power. */
const DEMANDING: Partial<VmSpec> = {
  cpus: 2,
  memoryMib: 256,
  disks: [{ sizeGib: 9 }, { sizeGib: 1 }],
  networks: [{ network: 'DC0_DVPG0', address: { cidr: '192.0.2.7/24' } }, { network: 'VM Network' }],
  guest: { hostname: 'db', sshKeys: [], userData: 'x' },
};
const AS_ASKED = { cpus: 2, memoryMib: 256, power: 'on', disks: DEMANDING.disks, complete: true };

describe('an attempt that ends half-way', () => {
  let stand: Stand;

  beforeAll(async () => {
    stand = await Stand.start();
  }, START_TIMEOUT_MS);
  afterEach(() => stand.clear());
  afterAll(() => stand.stop());

  it('is finished by another adapter, at whichever changing call it lost its claim', async () => {
    const rehearsal = stand.instance(DEMANDING);
    const whole = stand.context(rehearsal);
    await stand.provision(stand.open(), rehearsal, whole);
    expect(whole.granted).toBeGreaterThanOrEqual(4);
    for (let allowed = 0; allowed < whole.granted; allowed += 1) {
      const instance = stand.instance(DEMANDING);
      const broken = stand.context(instance).refuseClaimAfter(allowed);
      await expect(stand.provision(stand.open(), instance, broken)).rejects.toMatchObject({ reason: 'CLAIM_LOST' });
      const { how, status } = await stand.provision(stand.open(), instance, stand.context(instance, { attempt: 2 }));
      expect({ allowed, how }).toEqual({ allowed, how: allowed === 0 ? 'created' : 'adopted' });
      expect(status).toMatchObject(AS_ASKED);
      expect(await stand.namesakes(instance)).toEqual([status.nativeId]);
    }
  }, 60_000);

  it('is made good by itself, whichever answer was lost', async () => {
    for (const operation of [/^CloneVM_Task$/, /^ReconfigVM_Task$/, /^PowerOnVM_Task$/, /^RetrievePropertiesEx$/]) {
      const instance = stand.instance(DEMANDING);
      const adapter = stand.open();
      const plan = await adapter.plan(instance.spec, stand.look());
      stand.proxy.loseAnswer(operation);
      const resolved = { spec: instance.spec, plan };
      const first = await adapter.provisionVm(resolved, stand.context(instance)).catch((error: unknown) => error);
      if (first instanceof Error) expect(first).toMatchObject({ reason: 'SITE_UNREACHABLE' });
      const again = stand.context(instance, { attempt: 2 });
      const { status } = await stand.open().provisionVm(resolved, again);
      expect(status).toMatchObject(AS_ASKED);
      expect(await stand.namesakes(instance)).toEqual([status.nativeId]);
    }
  }, 60_000);

  it('says that the effect is unknown when nobody can tell whether the VM was made', async () => {
    const instance = stand.instance();
    const adapter = stand.open();
    const plan = await adapter.plan(instance.spec, stand.look());
    stand.proxy.loseAnswer();
    let restore = (): void => undefined;
    const stop = stand.proxy.rewriteAnswers((operation, answer) => {
      if (operation === 'CloneVM_Task') restore = stand.proxy.answerUnavailable();
      return answer;
    });
    await expect(adapter.provisionVm({ spec: instance.spec, plan }, stand.context(instance))).rejects.toMatchObject({
      reason: 'SITE_OVERLOADED',
      effect: 'UNKNOWN',
      countsAsAttempt: false,
    });
    stop();
    restore();
    const { how } = await adapter.provisionVm({ spec: instance.spec, plan }, stand.context(instance, { attempt: 2 }));
    expect(how).toBe('adopted');
    expect(await stand.namesakes(instance)).toHaveLength(1);
  });

  it('takes a VM over to which vCenter gave another instanceUuid, and mends its mark', async () => {
    const instance = stand.instance();
    const broken = stand.context(instance).refuseClaimAfter(1);
    await expect(stand.provision(stand.open(), instance, broken)).rejects.toMatchObject({ reason: 'CLAIM_LOST' });
    const [nativeId = ''] = await stand.namesakes(instance);
    const instanceUuid = await stand.admin.renumber(nativeId);
    const adapter = stand.open();
    const hints = { nativeIds: [], earlierNumbers: [] };
    expect(await adapter.findVm(instance.ownership, hints, stand.look())).toMatchObject([{ nativeId }]);
    const { how, status } = await stand.provision(adapter, instance, stand.context(instance, { attempt: 2 }));
    expect({ how, nativeId: status.nativeId, power: status.power }).toEqual({ how: 'adopted', nativeId, power: 'on' });
    expect((await stand.admin.settings(nativeId)).get('dcm.mark')).toMatch(new RegExp(`:${instanceUuid}$`));
    expect(await adapter.findVm(instance.ownership, hints, stand.look())).toMatchObject([{ nativeId }]);
  });

  it('leaves a VM alone that vCenter is still making, and says so', async () => {
    const instance = stand.instance();
    const broken = stand.context(instance).refuseClaimAfter(1);
    await expect(stand.provision(stand.open(), instance, broken)).rejects.toMatchObject({ reason: 'CLAIM_LOST' });
    const [nativeId = ''] = await stand.namesakes(instance);
    // As vCenter shows it until the copy is done: with a name, without a configuration, unknown to the search index.
    const finish = stand.proxy.rewriteAnswers((operation, answer) => {
      if (operation === 'FindAllByUuid') return answer.replace(/<returnval.*?<\/returnval>/s, '');
      if (operation !== 'RetrievePropertiesEx') return answer;
      return answer.replace(/<objects><obj[^>]*>([^<]*)<.*?<\/objects>/gs, (object, id: string) =>
        id === nativeId ? object.replace(/<propSet><name>config\..*?<\/propSet>/gs, '') : object,
      );
    });
    const adapter = stand.open();
    await expect(stand.provision(adapter, instance, stand.context(instance, { attempt: 2 }))).rejects.toMatchObject({
      reason: 'STILL_CREATING',
      retryable: true,
      countsAsAttempt: false,
    });
    expect(await adapter.findVm(instance.ownership, { nativeIds: [], earlierNumbers: [] }, stand.look())).toMatchObject(
      [{ nativeId, complete: false, ownership: null }],
    );
    const target = { ownership: instance.ownership, nativeIds: [] };
    const hurried = stand.context(instance, { budgetMs: 1_500 });
    await expect(adapter.deleteVm(target, hurried)).rejects.toMatchObject({ reason: 'STILL_CREATING' });
    const deleting = stand.context(instance);
    const deleted = adapter.deleteVm(target, deleting);
    setTimeout(finish, 300);
    expect(await deleted).toBe('DELETED');
    expect(deleting.steps.map(({ step }) => step)).toContain('wait-for-creation');
    expect(await stand.namesakes(instance)).toEqual([]);
  }, 30_000);
});

describe('an attempt whose tasks outlast it', () => {
  let stand: Stand;

  beforeAll(async () => {
    stand = await Stand.start({ taskDelaysMs: { CloneVM_Task: 3_000, Destroy_Task: 3_000, ResetVM_Task: 3_000 } });
  }, START_TIMEOUT_MS);
  afterEach(() => stand.clear());
  afterAll(() => stand.stop());

  it('yields with a token by which the next one waits for the same task', async () => {
    const instance = stand.instance();
    const adapter = stand.open();
    const hurried = stand.context(instance, { budgetMs: 2_000 });
    const yielded: unknown = await stand.provision(adapter, instance, hurried).catch((error: unknown) => error);
    expect(yielded).toBeInstanceOf(OperationYielded);
    const { resume } = yielded as OperationYielded;
    expect(JSON.parse(resume)).toMatchObject({ attempt: 1, task: expect.stringMatching(/task/) as string });
    const next = stand.context(instance, { attempt: 2, resume });
    const { how, status } = await stand.provision(stand.open(), instance, next);
    expect({ how, power: status.power }).toEqual({ how: 'adopted', power: 'on' });
    expect(next.steps.some(({ percent, step }) => step === 'find' && percent > 10)).toBe(true);
    expect(await stand.namesakes(instance)).toEqual([status.nativeId]);
  }, 30_000);

  it('yields a deletion, and the next attempt says that it was done', async () => {
    const adapter = stand.open();
    const { instance, ref } = await stand.vm(adapter, { poweredOn: false });
    const target = { ownership: instance.ownership, nativeIds: [ref.nativeId] };
    const hurried = stand.context(instance, { budgetMs: 2_000 });
    const yielded: unknown = await adapter.deleteVm(target, hurried).catch((error: unknown) => error);
    expect(yielded).toBeInstanceOf(OperationYielded);
    const next = stand.context(instance, { attempt: 2, resume: (yielded as OperationYielded).resume });
    expect(await adapter.deleteVm(target, next)).toBe('DELETED');
  }, 30_000);

  it('does not restart a VM again whose restart goes on', async () => {
    const adapter = stand.open();
    const { instance, ref } = await stand.vm(adapter);
    const hurried = stand.context(instance, { budgetMs: 2_000 });
    const restart = { action: 'RESTART', mode: 'HARD' } as const;
    const yielded: unknown = await adapter.powerCycle(ref, restart, hurried).catch((error: unknown) => error);
    expect(yielded).toBeInstanceOf(OperationYielded);
    const next = stand.context(instance, { attempt: 2, resume: (yielded as OperationYielded).resume });
    expect(await adapter.powerCycle(ref, restart, next)).toMatchObject({ power: 'on' });
    expect(stand.proxy.count('ResetVM_Task')).toBe(1);
  }, 30_000);
});
