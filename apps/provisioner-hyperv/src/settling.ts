import type { Ownership } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { requireWhole } from './finder';
import type { Machine } from './machine.mapper';

/** How often a VM may change under our hands. */
const MAX_ROUNDS = 5;

/** The VM once no job of it runs: until then its state passes. */
export async function settled(attempt: Attempt, nativeId: string, ownership: Ownership): Promise<Machine> {
  for (let round = 1; ; round += 1) {
    const machine = await requireWhole(attempt, nativeId, ownership);
    if (machine.job?.isRunning !== true || round === MAX_ROUNDS) return machine;
    await attempt.outlast(machine.job);
  }
}
