import type { HypervisorPort, OperationContext } from '@dcm/contracts';
import { behaviours } from './behaviours/catalogue';
import { checkBehaviour } from './check-behaviour';
import type { ReferenceAdapter, ReferenceAdapterOptions } from './reference/reference.adapter';
import type { ReferenceHypervisor } from './reference/reference-hypervisor';
import { referenceTarget } from './reference/reference-target';

export type AdapterClass = new (...of: ConstructorParameters<typeof ReferenceAdapter>) => HypervisorPort;

/** A bug: what the adapter does, the adapter that does it, and how the title of the behaviour begins that must notice. */
export type PlantedBug = readonly [string, AdapterClass, string];

/** How the behaviour ends that must notice the bug: with it, and with the honest adapter. @throws Error when there is none of that title */
export async function outcomesOf([, Adapter, title]: PlantedBug): Promise<{ withBug: string; honest: string }> {
  const behaviour = behaviours.find((one) => one.title.startsWith(title));
  if (behaviour === undefined) throw new Error(`no behaviour begins with "${title}"`);
  const create = (server: ReferenceHypervisor, options?: ReferenceAdapterOptions): HypervisorPort =>
    new Adapter(server, options);
  const withBug = await checkBehaviour(behaviour, referenceTarget(create));
  const honest = await checkBehaviour(behaviour, referenceTarget());
  return { withBug: withBug.outcome, honest: honest.outcome };
}

/** The operation's context without the claim: the question is answered by nobody. */
export const unclaimed = (ctx: OperationContext, assertMayMutate: () => void = () => undefined): OperationContext => ({
  operationId: ctx.operationId,
  instanceId: ctx.instanceId,
  instanceNumber: ctx.instanceNumber,
  attempt: ctx.attempt,
  ownership: ctx.ownership,
  resume: ctx.resume,
  signal: ctx.signal,
  remainingMs: () => ctx.remainingMs(),
  assertMayMutate,
  progress: () => undefined,
  checkpoint: () => undefined,
});
