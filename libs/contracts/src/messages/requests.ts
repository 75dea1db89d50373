import { z } from 'zod';
import {
  createSnapshotSchema,
  createVmSchema,
  deleteVmSchema,
  guestDomainSchema,
  guestRequestSchema,
  resizeVmSchema,
} from '../http/vm.schema';
import { mostVms } from '../domain/batch';
import { powerRequestSchema } from '../domain/vm';
import { operationIdSchema, vmIdSchema } from '../ids';

/** A relay seals guest secrets at its door, and a sealed text is longer than what it holds. */
const sealedSchema = z
  .string()
  .max(131_072)
  .regex(/^sealed:v1:/);
const userDataSchema = z.union([z.string().max(32_768), sealedSchema]);
const passwordSchema = z.union([z.string().min(1).max(256), sealedSchema]);

/** The operation of the same tenant that ended without success, and whose request this one repeats: the new operation names it. */
const again = { resubmits: operationIdSchema.optional() };

const secretsOfGuest = { userData: userDataSchema.optional(), adminPassword: passwordSchema.optional() };

/** The same secrets as the guest's, sealed for another VM. */
const memberSecretsSchema = z.strictObject({
  ...secretsOfGuest,
  domain: z.strictObject({ password: passwordSchema }).optional(),
});

/**
 * `memberSecrets`: of several equal VMs, the guest's secrets sealed for the second and those after it, in order; the guest's own are the first's.
 * Only a relay seals, so only a relay sends them.
 */
const createRequestSchema = createVmSchema
  .safeExtend({
    ...again,
    guest: guestRequestSchema
      .extend({ ...secretsOfGuest, domain: guestDomainSchema.extend({ password: passwordSchema }).optional() })
      .default({ sshKeys: [] }),
    memberSecrets: z
      .array(memberSecretsSchema)
      .max(mostVms - 1)
      .optional(),
  })
  .superRefine(({ count = 1, resubmits, memberSecrets }, ctx) => {
    if (count > 1 && resubmits !== undefined) {
      ctx.addIssue({ code: 'custom', path: ['count'], message: 'excludes resubmits: one VM is asked for once more' });
    }
    if (memberSecrets !== undefined && memberSecrets.length !== count - 1) {
      const message = `must be ${count - 1}: one for each VM after the first`;
      ctx.addIssue({ code: 'custom', path: ['memberSecrets'], message });
    }
  });
export type MemberSecrets = z.output<typeof memberSecretsSchema>;

/** Which VM, and optionally the `seq` that it must still be at when the request is taken in: else it is refused. */
const ofVm = { vmId: vmIdSchema, expectedSeq: z.int().min(0).optional(), ...again };
const snapshotOfVmSchema = z.strictObject({ ...ofVm, snapshotId: z.uuid().toLowerCase() });

/** What other systems and the gateway publish on `dcm.requests`: strict, because it is a door. The key is the type's middle: `vm.create`. */
export const requestMessages = {
  'io.dcm.vm.create.v1': { key: 'vm.create', data: createRequestSchema },
  'io.dcm.vm.power.v1': { key: 'vm.power', data: z.strictObject({ ...ofVm, power: powerRequestSchema }) },
  'io.dcm.vm.resize.v1': { key: 'vm.resize', data: resizeVmSchema.safeExtend(ofVm) },
  'io.dcm.vm.snapshot.create.v1': {
    key: 'vm.snapshot.create',
    data: createSnapshotSchema.extend(ofVm),
  },
  'io.dcm.vm.snapshot.revert.v1': { key: 'vm.snapshot.revert', data: snapshotOfVmSchema },
  'io.dcm.vm.snapshot.remove.v1': { key: 'vm.snapshot.remove', data: snapshotOfVmSchema },
  'io.dcm.vm.delete.v1': { key: 'vm.delete', data: deleteVmSchema.extend(ofVm) },
  'io.dcm.operation.cancel.v1': { key: 'operation.cancel', data: z.strictObject({ operationId: operationIdSchema }) },
} as const;
export type RequestType = keyof typeof requestMessages;

export const requestTypes = Object.keys(requestMessages) as RequestType[];

/**
 * The type of a request from its AMQP `type` property or, when that is absent, from its routing key.
 * @returns undefined for a type that is not known.
 */
export function requestTypeOf(type: string | undefined, routingKey: string): RequestType | undefined {
  return requestTypes.find(
    (known) => known === type || requestMessages[known].key === (type === undefined || type === '' ? routingKey : type),
  );
}

/** Who asked, as a relay (the gateway) vouches for it. Signed with the installation's key together with the request's id and payload hash. */
export const requesterSchema = z.object({
  principal: z.string(),
  tenantId: z.uuid(),
  roles: z.array(z.string()),
  requestId: z.string(),
  payloadSha256: z.string(),
  issuedAt: z.iso.datetime(),
});
export type Requester = z.infer<typeof requesterSchema>;
