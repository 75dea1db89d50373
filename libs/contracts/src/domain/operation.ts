import { z } from 'zod';
import { errorBodySchema } from '../errors/error.schema';
import { DcmError } from '../errors/dcm.error';
import {
  approvalIdSchema,
  operationIdSchema,
  projectIdSchema,
  siteNameSchema,
  tenantIdSchema,
  vmIdSchema,
} from '../ids';
import { batchPlaceSchema } from './batch';
import { planSummarySchema } from './plan';

/** The kinds of work a person or a system can ask for. */
export const operationKinds = [
  'vm.create',
  'vm.power',
  'vm.resize',
  'vm.snapshot.create',
  'vm.snapshot.revert',
  'vm.snapshot.remove',
  'vm.delete',
] as const;
export const operationKindSchema = z.enum(operationKinds);
export type OperationKind = z.infer<typeof operationKindSchema>;

export const operationStates = [
  'accepted',
  'planning',
  'pending_approval',
  'queued',
  'running',
  'succeeded',
  'failed',
  'rejected',
  'cancelled',
  'expired',
] as const;
export const operationStateSchema = z.enum(operationStates);
export type OperationState = z.infer<typeof operationStateSchema>;

/** Which state may follow which. `queued → planning` re-plans after the world changed; `running → queued` is a retry. */
export const operationTransitions: Record<OperationState, readonly OperationState[]> = {
  accepted: ['planning', 'queued', 'succeeded', 'failed', 'rejected', 'cancelled', 'expired'],
  planning: ['pending_approval', 'queued', 'failed', 'rejected', 'cancelled', 'expired'],
  pending_approval: ['planning', 'queued', 'failed', 'rejected', 'cancelled', 'expired'],
  queued: ['planning', 'running', 'succeeded', 'failed', 'cancelled', 'expired'],
  running: ['queued', 'succeeded', 'failed', 'cancelled', 'expired'],
  succeeded: [],
  failed: [],
  rejected: [],
  cancelled: [],
  expired: [],
};

/** Ends without success: what was asked for may be asked for once more. */
export const endedWithout = ['failed', 'rejected', 'cancelled', 'expired'] as const satisfies readonly OperationState[];

export const isFinal = (state: OperationState): boolean => operationTransitions[state].length === 0;

/** @throws DcmError INTERNAL for a transition that the table does not know. */
export function assertOperationTransition(from: OperationState, to: OperationState): void {
  if (!operationTransitions[from].includes(to)) {
    throw new DcmError('INTERNAL', `Unable to move an operation from ${from} to ${to}: the transition is not allowed`);
  }
}

/**
 * What an operation can wait for: its plan; an approver; another operation of the VM; its turn (`capacity`), or a place of a site whose cap
 * is reached (`cap`); a site that is paused, drained or silent (`site`), or that refuses DCM's login, which is not tried meanwhile
 * (`circuit`); a provisioner (`worker`), or the guest that it has asked (`guest`); the next attempt (`retry`). Readers take others for granted.
 */
export const waitingKinds = [
  'plan',
  'approval',
  'operation',
  'capacity',
  'cap',
  'site',
  'circuit',
  'worker',
  'guest',
  'retry',
] as const;

/** Why a non-final operation does not move, until when, and what happens then; `sentence` says it all for people. A sweeper acts on `until`. */
export const waitingForSchema = z.object({
  kind: z.enum(waitingKinds),
  detail: z.string(),
  until: z.iso.datetime(),
  then: z.string(),
  sentence: z.string().optional(),
});
export type WaitingFor = z.infer<typeof waitingForSchema>;

/**
 * An operation as everybody sees it: HTTP, events, the read model. `resubmits`: it asks once more for what that one ended without.
 * `batch`: it is one of several of one request.
 */
export const operationSchema = z.object({
  id: operationIdSchema,
  kind: operationKindSchema,
  tenantId: tenantIdSchema,
  projectId: projectIdSchema.nullable(),
  vmId: vmIdSchema.nullable(),
  site: siteNameSchema.nullable(),
  state: operationStateSchema,
  done: z.boolean(),
  percent: z.int().min(0).max(100),
  step: z.string(),
  attempt: z.int().min(0),
  requester: z.string(),
  waitingFor: waitingForSchema.nullable(),
  approvalId: approvalIdSchema.nullable(),
  resubmits: operationIdSchema.optional(),
  batch: batchPlaceSchema.optional(),
  plan: planSummarySchema.nullable(),
  error: errorBodySchema.nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  deadlineAt: z.iso.datetime(),
  seq: z.int().min(0),
});
export type Operation = z.infer<typeof operationSchema>;
