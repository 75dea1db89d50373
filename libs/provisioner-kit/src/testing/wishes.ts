import assert from 'node:assert/strict';
import type { Plan, PlanLoss, VmSpec } from '@dcm/contracts';
import type { WishFeature } from './target';
import { refOf, type Trial, type TrialVm } from './trial';
import { refuses } from './expectations';

/** Something that a request wishes for, and how it shows. */
export interface Wish {
  readonly feature: WishFeature;
  /** Where it stands in the request; what is lost of it is told there, under the feature's name. */
  readonly pointer: string;
  /** The request with the wish in it. */
  with(spec: Partial<VmSpec>): Partial<VmSpec>;
  /** Whether the platform itself shows it of a VM. */
  isThere(trial: Trial, nativeId: string): Promise<boolean>;
}

const lostOf = ({ losses }: Plan, { feature, pointer }: Wish): PlanLoss[] =>
  losses.filter((loss) => loss.feature === feature && loss.pointer === pointer);

/**
 * A wish is kept where the adapter says that it is, by one attempt or by two, and told as lost (or refused) where it is not.
 * @throws AssertionError when a VM is made without it and the plan has not said so.
 */
export async function keepsOrTells(trial: Trial, wish: Wish): Promise<void> {
  const capability = trial.description.capabilities.find(({ feature }) => feature === wish.feature);
  assert.ok(capability, `the adapter declares nothing about the feature ${wish.feature}`);
  const { met, unmet } = trial.target.wishes[wish.feature];
  if (capability.support !== 'UNSUPPORTED') {
    await keeps(trial, wish, met);
    await keepsInTwoAttempts(trial, wish, met);
  }
  if (capability.support !== 'SUPPORTED') await tells(trial, wish, unmet);
}

async function keeps(trial: Trial, wish: Wish, met: Partial<VmSpec>): Promise<void> {
  const vm = await trial.vm(wish.with(met));
  await requireThere(trial, wish, vm);
}

/** Who finishes what another began brings the whole wish about, not only what the first call did. */
async function keepsInTwoAttempts(trial: Trial, wish: Wish, met: Partial<VmSpec>): Promise<void> {
  const instance = trial.instance(wish.with(met));
  await refuses(trial.provision(instance, trial.context(instance).refuseClaimAfter(1)), { reason: 'CLAIM_LOST' });
  const other = await trial.openPort();
  const { status } = await trial.provision(instance, trial.context(instance, { attempt: 2 }), other);
  await requireThere(trial, wish, { instance, status, ref: refOf(instance, status) });
}

async function requireThere(trial: Trial, wish: Wish, { status }: TrialVm): Promise<void> {
  assert.equal(status.complete, true, 'the VM is whole');
  assert.ok(await wish.isThere(trial, status.nativeId), `${wish.feature} is asked for, and the platform shows it`);
}

async function tells(trial: Trial, wish: Wish, unmet: Partial<VmSpec>): Promise<void> {
  const instance = trial.instance(wish.with(unmet));
  const plan = await trial.port.plan(instance.spec, trial.look());
  const refused = plan.diagnostics.filter(({ severity }) => severity === 'error').map(({ pointer }) => pointer);
  if (refused.length > 0) {
    assert.deepEqual(refused, [wish.pointer], 'what cannot be kept is refused where the request asks for it');
    return;
  }
  const told = lostOf(plan, wish);
  assert.equal(told.length, 1, `the plan tells once, at ${wish.pointer}, that ${wish.feature} is lost`);
  assert.ok(told[0]?.message !== '', 'it says why');
  const plain = await trial.port.plan(trial.instance(unmet).spec, trial.look());
  assert.deepEqual(lostOf(plain, wish), [], 'nothing is lost that nobody asked for');

  const { status } = await trial.port.provisionVm({ spec: instance.spec, plan }, trial.context(instance));
  assert.equal(status.complete, true, 'the VM is made all the same');
  assert.equal(await wish.isThere(trial, status.nativeId), false, 'what was told as lost is not there');
}
