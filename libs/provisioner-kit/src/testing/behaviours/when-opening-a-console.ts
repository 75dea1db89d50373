import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';

export const whenOpeningAConsole: Behaviour = {
  title: 'opens the console of a VM that is on: a new address each time, which ends soon, and nothing is changed',
  needs: ['console'],
  unlessTarget: ['no-console'],
  faults: ['mutations'],
  async run(trial) {
    const vm = await trial.vmThatIs('on');
    const facet = trial.port.console;
    assert.ok(facet, 'the adapter declares a console and has one');
    const before = await trial.fault('mutations')();
    const [one, other] = [await facet.openConsole(vm.ref, trial.look()), await facet.openConsole(vm.ref, trial.look())];
    for (const { url, expiresAt } of [one, other]) {
      assert.ok(
        ['wss:', 'https:', 'vmrc:'].includes(new URL(url).protocol),
        `it is a safe address: ${new URL(url).protocol}`,
      );
      const lifeMs = Date.parse(expiresAt) - Date.now();
      assert.ok(lifeMs > 0 && lifeMs <= 3_600_000, `it ends soon: in ${lifeMs} ms`);
    }
    assert.notEqual(one.url, other.url, 'it is good for one opening');
    assert.equal(await trial.fault('mutations')(), before);
  },
};
