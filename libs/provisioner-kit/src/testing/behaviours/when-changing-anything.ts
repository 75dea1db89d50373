import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import type { TrialContext } from '../trial-context';

export const whenChangingAnything: Behaviour = {
  title:
    'asks for its claim before each call that changes something, and calls nothing of the kind when nothing is to do',
  faults: ['mutations'],
  async run(trial) {
    const mutations = trial.fault('mutations');
    const instance = trial.instance();
    const asksFirst = async (what: string, context: TrialContext, work: () => Promise<unknown>): Promise<number> => {
      const before = await mutations();
      await work();
      const calls = (await mutations()) - before;
      assert.ok(calls <= context.granted, `${what}: ${calls} changing calls, ${context.granted} questions`);
      return calls;
    };
    const create = trial.context(instance);
    let nativeId = '';
    const creating = await asksFirst('create', create, async () => {
      nativeId = (await trial.provision(instance, create)).status.nativeId;
    });
    assert.ok(creating > 0, 'the target counts the calls');
    const ref = { nativeId, ownership: instance.ownership };
    const again = trial.context(instance, { attempt: 2 });
    assert.equal(await asksFirst('create again', again, () => trial.provision(instance, again)), 0);
    const on = trial.context(instance);
    assert.equal(await asksFirst('on while on', on, () => trial.port.powerCycle(ref, { action: 'ON' }, on)), 0);
    const off = trial.context(instance);
    await asksFirst('off', off, () => trial.port.powerCycle(ref, { action: 'OFF', mode: 'HARD' }, off));
    if (trial.supports('resize-cold')) {
      const resize = trial.context(instance);
      await asksFirst('resize', resize, () => trial.port.reconfigureVm(ref, { cpus: 2 }, resize));
    }
    const remove = trial.context(instance);
    const target = { ownership: instance.ownership, nativeIds: [nativeId] };
    await asksFirst('delete', remove, () => trial.port.deleteVm(target, remove));
  },
};
