import type { PowerAction, VmRef } from '@dcm/contracts';
import type { TrialInstance } from '@dcm/provisioner-kit/testing';
import type { VsphereAdapter } from '../src/vsphere.adapter';
import { Stand, START_TIMEOUT_MS } from './stand';
import { until } from './until';

const SOFT_OFF: PowerAction = { action: 'OFF', mode: 'SOFT' };
const RESTART: PowerAction = { action: 'RESTART', mode: 'HARD' };

describe('power of a VM whose guest listens', () => {
  let stand: Stand;
  let adapter: VsphereAdapter;

  beforeAll(async () => {
    stand = await Stand.start({ guestDelayMs: 400 });
  }, START_TIMEOUT_MS);
  beforeEach(() => {
    adapter = stand.open();
  });
  afterEach(() => stand.clear());
  afterAll(() => stand.stop());

  async function listening(): Promise<{ instance: TrialInstance; ref: VmRef }> {
    const vm = await stand.vm(adapter);
    await until(async () => (await adapter.getVmStatus(vm.ref, stand.look())).guestTools === 'running');
    return vm;
  }

  it('goes down when the guest is asked, without the plug being pulled', async () => {
    const { instance, ref } = await listening();
    const before = stand.proxy.count('PowerOffVM_Task');
    const context = stand.context(instance);
    expect(await adapter.powerCycle(ref, SOFT_OFF, context)).toMatchObject({ power: 'off' });
    expect(stand.proxy.count('PowerOffVM_Task')).toBe(before);
    expect(context.steps).toContainEqual({ percent: 20, step: 'shut-down', waitsFor: 'guest' });
    expect(context.steps.at(-1)).toEqual({ percent: 95, step: 'read-back' });
  });

  it('restarts when the guest is asked, and is back when it was seen going down', async () => {
    const { instance, ref } = await listening();
    const before = stand.proxy.count('ResetVM_Task');
    const soft: PowerAction = { action: 'RESTART', mode: 'TRY_SOFT' };
    const status = await adapter.powerCycle(ref, soft, stand.context(instance));
    expect(status).toMatchObject({ power: 'on', guestTools: 'not-running' });
    expect(stand.proxy.count('ResetVM_Task')).toBe(before);
  });

  it('has its plug pulled when it was only to be tried and the guest does not go down in time', async () => {
    const { instance, ref } = await listening();
    const impatient = stand.open({ options: { softPowerTimeoutMs: 1_000 } });
    // The request gets lost on its way to the guest.
    const restore = stand.proxy.rewriteAnswers((operation, answer) =>
      operation === 'RetrievePropertiesEx' && impatientlyWaits() ? answer.replace(/poweredOff/g, 'poweredOn') : answer,
    );
    const impatientlyWaits = (): boolean => stand.proxy.count('PowerOffVM_Task') === before;
    const before = stand.proxy.count('PowerOffVM_Task');
    await impatient.powerCycle(ref, { action: 'OFF', mode: 'TRY_SOFT' }, stand.context(instance));
    restore();
    expect(stand.proxy.count('PowerOffVM_Task')).toBe(before + 1);
  });

  it('says that the guest did not go down when it was to be asked and nothing else', async () => {
    const { instance, ref } = await listening();
    const impatient = stand.open({ options: { softPowerTimeoutMs: 1_000 } });
    const restore = stand.proxy.rewriteAnswers((_, answer) => answer.replace(/poweredOff/g, 'poweredOn'));
    await expect(impatient.powerCycle(ref, SOFT_OFF, stand.context(instance))).rejects.toMatchObject({
      reason: 'CALL_TIMEOUT',
      effect: 'UNKNOWN',
    });
    restore();
  });

  it('takes a state that somebody else has just brought about for success', async () => {
    const { instance, ref } = await listening();
    stand.proxy.refuse('PowerOffVM_Task', 'InvalidPowerState', '<existingState>poweredOff</existingState>');
    const hard: PowerAction = { action: 'OFF', mode: 'HARD' };
    setTimeout(() => void stand.admin.setPower(ref.nativeId, 'off'), 50);
    expect(await adapter.powerCycle(ref, hard, stand.context(instance))).toMatchObject({ power: 'off' });
  });

  it('waits for another task of the VM, and then does its own', async () => {
    const { instance, ref } = await listening();
    const task = await stand.admin.aTask(ref.nativeId);
    stand.proxy.refuse('SuspendVM_Task', 'TaskInProgress', `<task type="Task">${task}</task>`);
    const status = await adapter.powerCycle(ref, { action: 'SUSPEND' }, stand.context(instance));
    expect(status.power).toBe('suspended');
  });

  it('tells the question that keeps a VM from going on, instead of waiting', async () => {
    const { instance, ref } = await listening();
    const question = '<propSet><name>runtime.question.text</name><val>msg: moved or copied?</val></propSet>';
    const restore = stand.proxy.rewriteAnswers((operation, answer) =>
      operation === 'RetrievePropertiesEx' ? answer.replace('</objects>', `${question}</objects>`) : answer,
    );
    const refusal = adapter.powerCycle(ref, { action: 'SUSPEND' }, stand.context(instance));
    await expect(refusal).rejects.toMatchObject({ reason: 'QUESTION_PENDING', effect: 'NONE' });
    restore();
  });

  describe('a restart that is delivered again', () => {
    const restarts = (): number => stand.proxy.count('ResetVM_Task');

    it('is not repeated when its task is known to have ended well', async () => {
      const { instance, ref } = await listening();
      const first = stand.context(instance);
      await adapter.powerCycle(ref, RESTART, first);
      const before = restarts();
      const again = stand.context(instance, { attempt: 2, resume: first.checkpoints.at(-1)! });
      expect(await adapter.powerCycle(ref, RESTART, again)).toMatchObject({ power: 'on' });
      expect(restarts()).toBe(before);
    });

    it('is not repeated when vCenter remembers the task whose answer was lost', async () => {
      const { instance, ref } = await listening();
      stand.proxy.loseAnswer(/^ResetVM_Task$/);
      const first = stand.context(instance);
      await expect(adapter.powerCycle(ref, RESTART, first)).rejects.toMatchObject({ effect: 'UNKNOWN' });
      const before = restarts();
      const resume = first.checkpoints.at(-1)!;
      expect(resume).not.toContain('"task"');
      const again = stand.context(instance, { attempt: 2, resume });
      expect(await adapter.powerCycle(ref, RESTART, again)).toMatchObject({ power: 'on' });
      expect(restarts()).toBe(before);
    });

    it('is not repeated when it was announced and nothing tells whether it was made', async () => {
      const { instance, ref } = await listening();
      const first = stand.context(instance);
      await adapter.powerCycle(ref, { action: 'RESTART', mode: 'SOFT' }, first);
      const before = restarts();
      const again = stand.context(instance, { attempt: 2, resume: first.checkpoints.at(-1)! });
      await expect(adapter.powerCycle(ref, RESTART, again)).rejects.toMatchObject({ reason: 'OUTCOME_UNKNOWN' });
      expect(restarts()).toBe(before);
    });

    it('is made when the first attempt is certain to have changed nothing', async () => {
      const { instance, ref } = await listening();
      const restore = stand.proxy.answerUnavailable();
      const first = stand.context(instance);
      await expect(adapter.powerCycle(ref, RESTART, first)).rejects.toMatchObject({ effect: 'NONE' });
      restore();
      const resume = first.checkpoints.at(-1)!;
      const before = restarts();
      await adapter.powerCycle(ref, RESTART, stand.context(instance, { attempt: 2, resume }));
      expect(restarts()).toBe(before + 1);
      const late = stand.context(instance, { attempt: 3, resume });
      await expect(adapter.powerCycle(ref, RESTART, late)).rejects.toMatchObject({ reason: 'OUTCOME_UNKNOWN' });
    });
  });
});
