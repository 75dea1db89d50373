import assert from 'node:assert/strict';
import { HypervisorError, OperationYielded } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';
import { errorTextOf } from '../error-text';
import { endsWithin, eventually } from '../expectations';
import type { Trial } from '../trial';
import type { TrialContext, TrialInstance } from '../trial-context';

type Hang = () => void;

/** When the silence begins: right before the first change is sent, or as soon as the VM can be seen. */
const beginnings = {
  'a change is allowed': (_trial: Trial, context: TrialContext, hang: Hang): Promise<void> => {
    context.whenGranted = hang;
    return Promise.resolve();
  },
  // Of this very instance: what an earlier silence held up may appear meanwhile.
  'the VM appears': async (
    trial: Trial,
    _context: TrialContext,
    hang: Hang,
    { spec }: TrialInstance,
  ): Promise<void> => {
    const isThere = async (): Promise<boolean> => (await trial.newVms()).some(({ name }) => name === spec.platformName);
    await eventually(isThere, 'the VM appears');
    hang();
  },
};

/** @returns whether the silence came before the end: a fast platform may be done by then. */
async function provisionIntoSilence(
  trial: Trial,
  instance: TrialInstance,
  begins: keyof typeof beginnings,
): Promise<boolean> {
  const plan = await trial.port.plan(instance.spec, trial.look());
  const context = trial.context(instance, { budgetMs: 1_000 });
  let release: Promise<() => Promise<void>> | undefined;
  const hang = (): void => {
    release ??= trial.fault('hang')();
  };
  try {
    const silence = beginnings[begins](trial, context, hang, instance);
    const outcome = await endsWithin(10_000, trial.port.provisionVm({ spec: instance.spec, plan }, context));
    await silence;
    if (outcome.status === 'fulfilled') return false;
    const error: unknown = outcome.reason;
    // To go on in another message claims nothing about the effect.
    if (error instanceof OperationYielded) return true;
    assert.ok(error instanceof HypervisorError, errorTextOf(error));
    assert.notEqual(error.effect, 'NONE', `silent as soon as ${begins}: ${errorTextOf(error)}`);
    return true;
  } finally {
    await (
      await release
    )?.();
  }
}

export const whenTheSiteFallsSilent: Behaviour = {
  title: 'does not say that nothing happened when the site falls silent after a change was sent, look-ups included',
  faults: ['hang'],
  async run(trial) {
    const first = trial.instance();
    assert.ok(await provisionIntoSilence(trial, first, 'a change is allowed'), 'nothing answers');
    const second = trial.instance({ poweredOn: false });
    await provisionIntoSilence(trial, second, 'the VM appears');
    for (const instance of [first, second]) {
      const { status } = await trial.provision(instance, trial.context(instance, { attempt: 2 }));
      assert.equal(status.power, instance.spec.poweredOn ? 'on' : 'off');
    }
    assert.equal((await trial.newVms()).length, 2, 'one VM for each instance');
  },
};
