import type { PlatformDescription } from '@dcm/contracts';
import { errorTextOf } from './error-text';
import type { Behaviour, BehaviourResult } from './behaviour';
import type { ConformanceTarget } from './target';
import { Trial } from './trial';

/** Runs one behaviour against one target, once, and says how it went. Never throws. */
export async function checkBehaviour(behaviour: Behaviour, target: ConformanceTarget): Promise<BehaviourResult> {
  const startedAt = performance.now();
  const took = (): number => Math.round(performance.now() - startedAt);
  const { title } = behaviour;
  let trial: Trial | undefined;
  let error: unknown;
  try {
    trial = await Trial.open(target);
    const reason = skipReason(behaviour, trial);
    if (reason !== undefined) return { title, outcome: 'skipped', reason };
    await withDeadline(behaviour.run(trial), behaviour.timeoutMs ?? 30_000);
  } catch (thrown) {
    error = thrown ?? new Error('nothing was thrown as an error');
  } finally {
    await trial?.close().catch((thrown: unknown) => {
      error ??= thrown;
    });
  }
  if (error === undefined) return { title, outcome: 'passed', durationMs: took() };
  return { title, outcome: 'failed', durationMs: took(), error: errorTextOf(error) };
}

/** Why a behaviour does not apply: by a declared capability or a declared limit, never for another reason. */
const skipReason = (behaviour: Behaviour, { target, description }: Trial): string | undefined =>
  missingFeature(behaviour, description) ?? missingFault(behaviour, target);

/** @throws Error when the adapter says nothing about a feature that it must declare. */
function missingFeature(behaviour: Behaviour, description: PlatformDescription): string | undefined {
  for (const feature of behaviour.needs ?? []) {
    const capability = description.capabilities.find((one) => one.feature === feature);
    if (capability === undefined) throw new Error(`the adapter declares nothing about the feature ${feature}`);
    if (capability.support === 'UNSUPPORTED') return `${feature} is unsupported: ${capability.reason}`;
  }
  return undefined;
}

/** @throws Error when a fault is neither offered nor declared as a limit: a gap must have a reason. */
function missingFault({ faults = [], unlessTarget = [] }: Behaviour, target: ConformanceTarget): string | undefined {
  for (const limit of [...unlessTarget, ...faults]) {
    const reason = target.limits[limit];
    if (reason !== undefined) return `target ${limit}: ${reason}`;
  }
  const silent = faults.find((fault) => target.faults[fault] === undefined);
  if (silent !== undefined) throw new Error(`the target offers no ${silent} and declares no limit for it`);
  return undefined;
}

async function withDeadline(work: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`the behaviour did not end within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
