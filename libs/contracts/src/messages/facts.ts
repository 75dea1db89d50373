import { z } from 'zod';
import { platformDescriptionSchema, resourcePoolSchema, siteHealthSchema } from '../hypervisor/description';
import { hypervisorErrorSchema } from '../hypervisor/hypervisor.error';
import { planSchema, vmRowSchema, vmStatusSchema } from '../hypervisor/vm';
import { operationIdSchema, platformSchema, siteNameSchema, vmIdSchema } from '../ids';
import { replacesSchema } from './provisioning';

const fact = z.object({ site: siteNameSchema, platform: platformSchema, worker: z.string() });
const attempt = fact.extend({ operationId: operationIdSchema, attempt: z.int().min(1), instanceId: vmIdSchema });

/** What was seen of one VM. An empty list with no error means: looked for, not seen. */
const answerSchema = z.object({
  requestId: z.string(),
  instanceId: vmIdSchema,
  statuses: z.array(vmStatusSchema),
  error: hypervisorErrorSchema.nullable(),
});
export type LookAnswer = z.infer<typeof answerSchema>;

/** What provisioners report. The key's last word is the fact's kind. */
export const factMessages = {
  'io.dcm.fact.announced.v1': fact.extend({
    description: platformDescriptionSchema.nullable(),
    health: siteHealthSchema,
    /** Public key (SPKI, base64) to seal guest secrets with. */
    sealingKey: z.string(),
    maxConcurrent: z.int().min(1),
    /** How many VMs one statuses command may name; absent: this provisioner is older than that command. */
    looksAtOnce: z.int().min(1).optional(),
  }),
  'io.dcm.fact.planned.v1': fact.extend({
    operationId: operationIdSchema,
    replaces: replacesSchema,
    result: z.discriminatedUnion('ok', [
      z.object({ ok: z.literal(true), plan: planSchema }),
      z.object({ ok: z.literal(false), error: hypervisorErrorSchema }),
    ]),
  }),
  /** `resume` is the attempt's last checkpoint: the next attempt gets it, also when this one dies. */
  'io.dcm.fact.progress.v1': attempt.extend({
    percent: z.int().min(0).max(100),
    step: z.string(),
    resume: z.string().optional(),
    /** What the step waits for, beside the platform: the guest does what it was asked, or does not. */
    waitsFor: z.literal('guest').optional(),
  }),
  /** The work goes on in another message. An empty `resume` is no token. */
  'io.dcm.fact.yielded.v1': attempt.extend({ resume: z.string() }),
  /** `status` is null after a delete. `outcome` says what a delete found or whether a VM was made or adopted. */
  'io.dcm.fact.succeeded.v1': attempt.extend({
    status: vmStatusSchema.nullable(),
    outcome: z.enum(['created', 'adopted', 'changed', 'deleted', 'absent']),
  }),
  'io.dcm.fact.failed.v1': attempt.extend({
    error: hypervisorErrorSchema,
    status: vmStatusSchema.nullable(),
    resume: z.string().optional(),
  }),
  /** Answer to a status command. */
  'io.dcm.fact.observed.v1': fact.extend(answerSchema.shape),
  /** Answer to a statuses command: one for each of its looks. */
  'io.dcm.fact.statuses.v1': fact.extend({ requestId: z.string(), answers: z.array(answerSchema) }),
  /** VMs that changed on the platform, strangers too: those that are known are read again. */
  'io.dcm.fact.noticed.v1': fact.extend({ nativeIds: z.array(z.string()).max(500) }),
  'io.dcm.fact.inventory.v1': fact.extend({
    requestId: z.string(),
    pools: z.array(resourcePoolSchema),
    health: siteHealthSchema,
    error: hypervisorErrorSchema.nullable(),
  }),
  'io.dcm.fact.discovery.v1': fact.extend({
    requestId: z.string(),
    scanId: z.string(),
    /** Names one run through the site's VMs: only pages of the same run make a whole. A scan that is begun again is another run. */
    run: z.string().optional(),
    page: z.int().min(0),
    rows: z.array(vmRowSchema),
    complete: z.boolean(),
    error: hypervisorErrorSchema.nullable(),
  }),
} as const;
export type FactType = keyof typeof factMessages;
export type Fact<T extends FactType> = z.infer<(typeof factMessages)[T]>;

/** `io.dcm.fact.planned.v1` → `planned`. */
export const factKind = (type: FactType): string => type.split('.')[3] ?? type;
