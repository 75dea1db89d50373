import { z } from 'zod';
import { powerRequestSchema } from '../domain/vm';
import { hypervisorErrorSchema } from '../hypervisor/hypervisor.error';
import { consoleSchema } from '../http/vm.schema';
import { ownershipSchema, planSchema, resolvedVmSchema, vmSpecSchema, vmTargetSchema } from '../hypervisor/vm';
import { operationIdSchema, siteNameSchema, vmIdSchema } from '../ids';

const command = z.object({
  operationId: operationIdSchema,
  attempt: z.int().min(1),
  site: siteNameSchema,
  instanceId: vmIdSchema,
  instanceNumber: z.int().min(0),
  ownership: ownershipSchema,
  /** Native ids under which this VM was seen. */
  nativeIds: z.array(z.string()),
  /** How long this attempt may take from receipt. */
  budgetMs: z.int().min(1),
  resume: z.string().optional(),
});

/**
 * When the plan was made that a new one takes the place of; null: there is none. The answer repeats it, so that one which comes late is not
 * taken for the answer to a later question; one of an older provisioner does not.
 */
export const replacesSchema = z.iso.datetime().nullable().optional();

/** What to do with a snapshot; `name` is the platform's. */
export const snapshotWorkSchema = z.discriminatedUnion('action', [
  z.object({ action: z.literal('create'), name: z.string(), description: z.string(), memory: z.boolean() }),
  z.object({ action: z.literal('revert'), name: z.string() }),
  z.object({ action: z.literal('remove'), name: z.string() }),
]);
export type SnapshotWork = z.infer<typeof snapshotWorkSchema>;

/** Commands that change a hypervisor, on `<platform>.<site>`. */
export const mutationCommands = {
  'io.dcm.command.provision.v1': command.extend({ vm: resolvedVmSchema }),
  'io.dcm.command.power.v1': command.extend({ action: powerRequestSchema }),
  'io.dcm.command.reconfigure.v1': command.extend({ target: vmTargetSchema }),
  'io.dcm.command.snapshot.v1': command.extend({ snapshot: snapshotWorkSchema }),
  'io.dcm.command.delete.v1': command,
} as const;

const read = z.object({ requestId: z.string(), site: siteNameSchema });

/** One VM to be looked at: everything that bears its mark, with what it was known by as hints. */
const lookSchema = z.object({
  requestId: z.string(),
  instanceId: vmIdSchema,
  ownership: ownershipSchema,
  nativeIds: z.array(z.string()),
  instanceNumber: z.int().min(0),
});

/** Commands that only look, on `<platform>.<site>.read`. */
export const readCommands = {
  'io.dcm.command.plan.v1': read.extend({
    operationId: operationIdSchema,
    spec: vmSpecSchema,
    replaces: replacesSchema,
  }),
  'io.dcm.command.status.v1': read.extend(lookSchema.shape),
  /** Several status commands in one, for provisioners that announced how many they take (`looksAtOnce`). */
  'io.dcm.command.statuses.v1': read.extend({ looks: z.array(lookSchema).min(1) }),
  /** An RPC: answered with a console's address, not with a fact. */
  'io.dcm.command.console.v1': read.extend({ ownership: ownershipSchema, nativeIds: z.array(z.string()) }),
  /** An RPC: answered with the plan of a VM that nobody has asked for, not with a fact. */
  'io.dcm.command.quote.v1': read.extend({ spec: vmSpecSchema }),
  'io.dcm.command.inventory.v1': read,
  'io.dcm.command.discover.v1': read.extend({ scanId: z.string(), pageSize: z.int().min(1).max(1000) }),
} as const;

/** The answer to a console command: a platform's error is an answer too. */
export const consoleAnswerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: consoleSchema }),
  z.object({ ok: z.literal(false), error: hypervisorErrorSchema }),
]);
export type ConsoleAnswer = z.infer<typeof consoleAnswerSchema>;

/** The answer to a quote command. */
export const quoteAnswerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: planSchema }),
  z.object({ ok: z.literal(false), error: hypervisorErrorSchema }),
]);
export type QuoteAnswer = z.infer<typeof quoteAnswerSchema>;

export type MutationType = keyof typeof mutationCommands;
export type ReadType = keyof typeof readCommands;
export type ProvisionCommand = z.infer<(typeof mutationCommands)['io.dcm.command.provision.v1']>;
export type PowerCommand = z.infer<(typeof mutationCommands)['io.dcm.command.power.v1']>;
export type ReconfigureCommand = z.infer<(typeof mutationCommands)['io.dcm.command.reconfigure.v1']>;
export type SnapshotCommand = z.infer<(typeof mutationCommands)['io.dcm.command.snapshot.v1']>;
export type DeleteCommand = z.infer<(typeof mutationCommands)['io.dcm.command.delete.v1']>;
export type PlanCommand = z.infer<(typeof readCommands)['io.dcm.command.plan.v1']>;
export type StatusCommand = z.infer<(typeof readCommands)['io.dcm.command.status.v1']>;
export type StatusesCommand = z.infer<(typeof readCommands)['io.dcm.command.statuses.v1']>;
export type ConsoleCommand = z.infer<(typeof readCommands)['io.dcm.command.console.v1']>;
export type QuoteCommand = z.infer<(typeof readCommands)['io.dcm.command.quote.v1']>;
export type InventoryCommand = z.infer<(typeof readCommands)['io.dcm.command.inventory.v1']>;
export type DiscoverCommand = z.infer<(typeof readCommands)['io.dcm.command.discover.v1']>;

/** RPC on `dcm.control`: a worker asks before its first mutating call, and again every third of the lease. */
export const claimSchema = z.object({
  site: siteNameSchema,
  operationId: operationIdSchema,
  /** The operation's VM, as its command names it: who says it spares approvals a query. */
  instanceId: vmIdSchema.optional(),
  attempt: z.int().min(1),
  /** Unique per process start. */
  worker: z.string(),
});
export type Claim = z.infer<typeof claimSchema>;

/** go: act, the lease holds for `leaseMs`. stop: end as soon as it is safe and report what is. drop: forget this copy, report nothing. */
export const claimVerdictSchema = z.discriminatedUnion('verdict', [
  z.object({ verdict: z.literal('go'), leaseMs: z.int().min(1) }),
  z.object({ verdict: z.literal('stop'), reason: z.string() }),
  z.object({ verdict: z.literal('drop'), reason: z.string() }),
]);
export type ClaimVerdict = z.infer<typeof claimVerdictSchema>;

export const controlTypes = { claim: 'io.dcm.control.claim.v1', renew: 'io.dcm.control.renew.v1' } as const;
