import type { PolicyFacts } from './facts.entity';

/** Facts as the language takes them, and the length of their longest list. */
export interface Context {
  readonly values: Readonly<Record<string, unknown>>;
  readonly lists: number;
}

const int = (value: number): bigint => BigInt(Math.trunc(value));

/** Numbers in documents are ints where they are whole; objects become maps, so that only their own keys are there. */
function dynamic(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(dynamic);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([key, one]) => [key, dynamic(one)]));
}

function longest(value: unknown): number {
  if (value instanceof Map) return Math.max(value.size, ...[...(value as Map<string, unknown>).values()].map(longest));
  return Array.isArray(value) ? Math.max(value.length, ...value.map(longest)) : 0;
}

/** Monday is 1, Sunday 7; all in UTC. */
const timeOf = (now: Date): Readonly<Record<string, unknown>> => ({
  now,
  hour: int(now.getUTCHours()),
  minute: int(now.getUTCMinutes()),
  weekday: int(now.getUTCDay() || 7),
});

/** What the variables of a condition stand for. */
export function contextOf({ request, current, plan, project, tenant, requester, now, quota }: PolicyFacts): Context {
  const labels = new Map(Object.entries(request.labels));
  const metadata = dynamic(request.metadata);
  const sizes = { cpus: int(request.cpus), memoryMib: int(request.memoryMib), diskGib: int(request.diskGib) };
  const disks = request.disks.map(int);
  const values = {
    request: { ...request, ...sizes, disks, labels, metadata, count: int(request.count) },
    current: { cpus: int(current.cpus), memoryMib: int(current.memoryMib), diskGib: int(current.diskGib) },
    plan,
    project,
    tenant,
    requester,
    time: timeOf(now),
    quota,
  };
  const lists = [labels, metadata, disks, request.networks, plan.losses, plan.warnings].map(longest);
  return { values, lists: Math.max(...lists) };
}
