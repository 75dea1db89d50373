import type { Policy, ResourceAmount } from '@dcm/contracts';

/**
 * Compares a plan with its project's thresholds.
 * @returns why a human has to decide, one sentence per threshold that is passed; empty: the policy approves.
 */
export function reasonsToAsk(
  policy: Policy,
  planned: Pick<ResourceAmount, 'vcpus' | 'memoryMib' | 'diskGib'>,
): string[] {
  const limits = policy.autoApprove;
  if (limits === undefined) return [];
  const rows = [
    ['vCPUs', planned.vcpus, limits.maxVcpus],
    ['MiB of memory', planned.memoryMib, limits.maxMemoryMib],
    ['GiB of disk', planned.diskGib, limits.maxDiskGib],
  ] as const;
  return rows.flatMap(([unit, amount, limit]) =>
    limit !== undefined && amount > limit ? [`${amount} ${unit} are more than the ${limit} that need no approval`] : [],
  );
}
