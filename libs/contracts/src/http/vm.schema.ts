import { z } from 'zod';
import { diskSchema, labelsSchema, networkSchema, powerRequestSchema, vmNameSchema, vmSchema } from '../domain/vm';
import { catalogueNameSchema, platformSchema, projectIdSchema } from '../ids';

const hostname = z
  .string()
  .regex(
    /^(?=.{1,253}$)[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/,
    'must be a host name of RFC 1123',
  );

const sshKey = z
  .string()
  .max(8192)
  .regex(
    /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-[a-z0-9@.-]+) [A-Za-z0-9+/=]+( [^\r\n]*)?$/,
    'must be one OpenSSH public key on one line',
  );

/** `userData` is cloud-init user data in the clear; it is sealed for the site before it is stored. */
export const guestRequestSchema = z.strictObject({
  hostname: hostname.optional(),
  sshKeys: z.array(sshKey).max(32).default([]),
  userData: z.string().max(32_768).optional(),
});

/**
 * The body of `POST /v1/vms` and of an AMQP `vm.create`, the same for every platform. Either `size` or both `cpus` and `memoryMib`.
 * `metadata` is keyed by platform; a platform other than the project's is kept and not used. `clientToken` is an idempotency key in the body.
 */
export const createVmSchema = z
  .strictObject({
    projectId: projectIdSchema,
    name: vmNameSchema,
    image: catalogueNameSchema.optional(),
    size: catalogueNameSchema.optional(),
    cpus: z.int().min(1).max(768).optional(),
    memoryMib: z.int().min(128).max(25_165_824).multipleOf(4).optional(),
    disks: z.array(diskSchema).max(32).default([]),
    networks: z.array(networkSchema).max(10).default([]),
    poweredOn: z.boolean().default(true),
    labels: labelsSchema.default({}),
    metadata: z.record(platformSchema, z.record(z.string(), z.unknown())).default({}),
    guest: guestRequestSchema.default({ sshKeys: [] }),
    deletionProtection: z.boolean().default(false),
    clientToken: z.string().min(1).max(255).optional(),
  })
  .superRefine((body, ctx) => {
    const hasCustom = body.cpus !== undefined || body.memoryMib !== undefined;
    if (body.size !== undefined && hasCustom) {
      ctx.addIssue({ code: 'custom', path: ['size'], message: 'excludes cpus and memoryMib: a size names both' });
    }
    if (body.size === undefined && (body.cpus === undefined || body.memoryMib === undefined)) {
      ctx.addIssue({
        code: 'custom',
        path: [body.cpus === undefined ? 'cpus' : 'memoryMib'],
        message: 'is required when no size is given',
      });
    }
    if (body.image === undefined && body.disks.length === 0) {
      ctx.addIssue({ code: 'custom', path: ['disks'], message: 'must name at least one disk when no image is given' });
    }
  });
export type CreateVm = z.output<typeof createVmSchema>;
export type CreateVmInput = z.input<typeof createVmSchema>;

export const deleteVmSchema = z.strictObject({});

export const powerVmSchema = powerRequestSchema;

/** What a change of a VM answers with 202: the VM with the operation to follow. */
export const acceptedVmSchema = vmSchema;
