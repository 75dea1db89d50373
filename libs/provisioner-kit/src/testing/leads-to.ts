import assert from 'node:assert/strict';
import type { PowerAction } from '@dcm/contracts';
import { refuses } from './expectations';
import type { Trial, TrialVm } from './trial';

/** Where an action must lead from each state; `refused` is INVALID_POWER_STATE with nothing changed. */
export type PowerTable = Readonly<Record<'on' | 'off' | 'suspended', 'on' | 'off' | 'suspended' | 'refused'>>;

/** Tries an action from every power state that the platform knows. */
export async function leadsTo(
  trial: Trial,
  action: PowerAction,
  table: PowerTable,
  options: { /** The guest's tools run. */ readonly tools?: boolean } = {},
): Promise<void> {
  for (const from of trial.powerStates) {
    const vm = await (options.tools === true ? vmWithTools(trial, from) : trial.vmThatIs(from));
    const to = table[from];
    const what = `${action.action} while ${from}`;
    if (to === 'refused') {
      await refuses(trial.power(vm, action), { reason: 'INVALID_POWER_STATE', effect: 'NONE' });
    } else {
      const status = await trial.power(vm, action);
      assert.equal(status.power, to, `${what}: the status that is returned`);
    }
    const native = await trial.native(vm.status.nativeId);
    assert.equal(native?.power, to === 'refused' ? from : to, `${what}: the state on the platform`);
  }
}

async function vmWithTools(trial: Trial, power: keyof PowerTable): Promise<TrialVm> {
  if (power === 'off') return trial.vmThatIs('off');
  const vm = await trial.vmThatIs('on');
  await trial.tools(vm);
  if (power === 'suspended') await trial.target.admin.setPower(vm.status.nativeId, 'suspended');
  return vm;
}
