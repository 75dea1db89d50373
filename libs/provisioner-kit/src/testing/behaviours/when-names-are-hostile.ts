import assert from 'node:assert/strict';
import { HypervisorError } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';
import { errorTextOf } from '../error-text';

const names = [
  'a&b<c>"d\'-1',
  'x]]><y/>-2',
  '$(reboot)`id`;-3',
  "'; DROP TABLE vm; ---4",
  '../../etc/passwd-5',
  'per%2fcent%s%n-6',
  'ünïcödé-😀-7',
  'new\nline-8',
];

export const whenNamesAreHostile: Behaviour = {
  title: 'takes a hostile name to the letter or refuses it, and never interprets it',
  timeoutMs: 60_000,
  async run(trial) {
    for (const platformName of names) {
      const instance = trial.instance({ platformName, poweredOn: false });
      const plan = await trial.port.plan(instance.spec, trial.look());
      const before = await trial.newVms();
      const [outcome] = await Promise.allSettled([
        trial.port.provisionVm({ spec: instance.spec, plan }, trial.context(instance)),
      ]);
      const made = (await trial.newVms()).filter((vm) => !before.some((old) => old.nativeId === vm.nativeId));
      if (outcome.status === 'fulfilled') {
        assert.equal(outcome.value.status.name, platformName);
        assert.deepEqual(
          made.map(({ nativeId }) => nativeId),
          [outcome.value.status.nativeId],
        );
      } else {
        const error: unknown = outcome.reason;
        assert.ok(error instanceof HypervisorError, errorTextOf(error));
        assert.deepEqual([error.reason, error.effect], ['INVALID_SPEC', 'NONE'], errorTextOf(error));
        assert.deepEqual(made, [], `nothing was made for ${JSON.stringify(platformName)}`);
      }
    }
  },
};
