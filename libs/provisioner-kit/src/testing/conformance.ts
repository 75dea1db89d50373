import type { PlatformDescription } from '@dcm/contracts';
import type { Behaviour, BehaviourResult } from './behaviour';
import { behaviours } from './behaviours/catalogue';
import { checkBehaviour } from './check-behaviour';
import { summaryOf, writeReport } from './report';
import type { ConformanceTarget } from './target';
import { readContext } from './trial';

export interface ConformanceOptions {
  /** Names the run in titles and in the report: the platform, with its target when there are several. */
  readonly name: string;
  /** Starts or connects to the platform; called once. */
  readonly target: () => Promise<ConformanceTarget>;
  /** Default: the whole suite. */
  readonly behaviours?: readonly Behaviour[];
}

const behaviourDeadlineMs = 120_000;

async function describeTarget(target: ConformanceTarget): Promise<PlatformDescription> {
  const port = await target.openPort();
  try {
    return await port.describe(readContext());
  } finally {
    await port.close();
  }
}

/**
 * Registers the conformance suite with jest: one test per behaviour. A skipped behaviour is reported with its declared reason.
 * Writes its report as JSON to `DCM_CONFORMANCE_OUT`, when that is set.
 */
export function runConformance(options: ConformanceOptions): void {
  describe(`conformance of ${options.name}`, () => {
    const results: BehaviourResult[] = [];
    const startedAt = new Date().toISOString();
    let target: ConformanceTarget | undefined;
    let description: PlatformDescription | null = null;

    beforeAll(async () => {
      target = await options.target();
      description = await describeTarget(target);
    }, behaviourDeadlineMs);

    afterAll(async () => {
      const { name } = options;
      await target?.close();
      const out = process.env['DCM_CONFORMANCE_OUT'];
      if (out !== undefined && out !== '') {
        writeReport({ name, description, limits: { ...target?.limits }, startedAt, results }, out);
      }
      process.stdout.write(`${summaryOf({ name, results })}\n`);
    }, behaviourDeadlineMs);

    for (const behaviour of options.behaviours ?? behaviours) {
      it(
        behaviour.title,
        () => checkOne(behaviour, target, results),
        (behaviour.timeoutMs ?? 30_000) + behaviourDeadlineMs,
      );
    }
  });
}

async function checkOne(
  behaviour: Behaviour,
  target: ConformanceTarget | undefined,
  results: BehaviourResult[],
): Promise<void> {
  if (target === undefined) throw new Error('the target did not start');
  const result = await checkBehaviour(behaviour, target);
  results.push(result);
  if (result.outcome === 'failed') throw new Error(result.error);
}
