import { z } from 'zod';
import { batchSchema, countSchema, memberNameOf } from '../domain/batch';
import {
  cloneSchema,
  cpusSchema,
  diskSchema,
  firmwareSchema,
  labelsSchema,
  memoryMibSchema,
  networkSchema,
  powerRequestSchema,
  vmNameSchema,
  vmSchema,
} from '../domain/vm';
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

const oneLine = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]+$/u, 'must be one line without control characters');

/**
 * The directory that the guest joins: `name` is the domain's DNS name, `user` an account that may join machines (`user@domain` or
 * `DOMAIN\user`), `password` its password, `organizationalUnit` the distinguished name of where the machine's account is made.
 */
export const guestDomainSchema = z.strictObject({
  name: hostname,
  user: oneLine(256),
  password: z.string().min(1).max(256),
  organizationalUnit: oneLine(1024).optional(),
});

/**
 * `userData` is cloud-init user data, `adminPassword` the password of the guest's administrator, `domain` what a Windows guest joins;
 * secrets in the clear. They are sealed for the site before they are stored.
 */
export const guestRequestSchema = z.strictObject({
  hostname: hostname.optional(),
  sshKeys: z.array(sshKey).max(32).default([]),
  userData: z.string().max(32_768).optional(),
  adminPassword: z.string().min(1).max(256).optional(),
  domain: guestDomainSchema.optional(),
});

interface Figures {
  readonly image?: string | undefined;
  readonly size?: string | undefined;
  readonly cpus?: number | undefined;
  readonly memoryMib?: number | undefined;
}

/** Figures come together; only an image may give both. */
function missingFigure({ image, size, cpus, memoryMib }: Figures): 'cpus' | 'memoryMib' | undefined {
  if (size !== undefined || (image !== undefined && cpus === undefined && memoryMib === undefined)) return undefined;
  if (cpus === undefined) return 'cpus';
  return memoryMib === undefined ? 'memoryMib' : undefined;
}

interface Shared {
  readonly name: string;
  readonly count?: number | undefined;
  readonly networks: readonly { readonly address?: unknown }[];
  readonly guest: { readonly hostname?: string | undefined };
}

interface Fault {
  readonly path: string[];
  readonly message: string;
}

/** What several equal VMs cannot have in common: their addresses and host names, and a name that leaves no room for their numbers. */
function unshareable({ name, count = 1, networks, guest }: Shared): Fault[] {
  if (count === 1) return [];
  const longest = memberNameOf(name, count);
  const faults: [boolean, Fault][] = [
    [
      networks.some(({ address }) => address !== undefined),
      { path: ['count'], message: 'excludes static addresses: equal VMs cannot share them' },
    ],
    [
      guest.hostname !== undefined,
      { path: ['count'], message: 'excludes guest.hostname: each VM is called by its own name' },
    ],
    [
      // What is no name at all is said already.
      vmNameSchema.safeParse(name).success && !vmNameSchema.safeParse(longest).success,
      { path: ['name'], message: `must leave room for a number: ${longest} is longer than 53 characters` },
    ],
  ];
  return faults.flatMap(([isThere, fault]) => (isThere ? [fault] : []));
}

/**
 * The body of `POST /v1/vms` and of an AMQP `vm.create`, the same for every platform. Either `size` or both `cpus` and `memoryMib`, or none of
 * them for the image's default; no disk: the image's default, else its own.
 * `clone` says whether the image's disks are copied (`full`) or shared (`linked`), `firmware.secureBoot` whether only signed systems start;
 * absent: the platform's habit, the template's own. `metadata` is keyed by platform; a platform other than the project's is kept and not used. `clientToken` is an idempotency key in the body.
 * `count` asks for so many equal VMs, `<name>-1` to `<name>-<count>`, with one plan and one decision, all or none; 1 is the same as none: the VM has the very name.
 */
export const createVmSchema = z
  .strictObject({
    projectId: projectIdSchema,
    name: vmNameSchema,
    count: countSchema.optional(),
    image: catalogueNameSchema.optional(),
    size: catalogueNameSchema.optional(),
    cpus: cpusSchema.optional(),
    memoryMib: memoryMibSchema.optional(),
    disks: z.array(diskSchema).max(32).default([]),
    networks: z.array(networkSchema).max(10).default([]),
    clone: cloneSchema.optional(),
    firmware: firmwareSchema.optional(),
    poweredOn: z.boolean().default(true),
    labels: labelsSchema.default({}),
    metadata: z.record(platformSchema, z.record(z.string(), z.unknown())).default({}),
    guest: guestRequestSchema.default({ sshKeys: [] }),
    deletionProtection: z.boolean().default(false),
    clientToken: z.string().min(1).max(255).optional(),
  })
  .superRefine((body, ctx) => {
    const missing = missingFigure(body);
    if (body.size !== undefined && (body.cpus !== undefined || body.memoryMib !== undefined)) {
      ctx.addIssue({ code: 'custom', path: ['size'], message: 'excludes cpus and memoryMib: a size names both' });
    }
    if (missing !== undefined) {
      ctx.addIssue({ code: 'custom', path: [missing], message: 'is required when no size is given' });
    }
    if (body.image === undefined && body.disks.length === 0) {
      ctx.addIssue({ code: 'custom', path: ['disks'], message: 'must name at least one disk when no image is given' });
    }
    for (const fault of unshareable(body)) ctx.addIssue({ code: 'custom', ...fault });
  });
export type CreateVm = z.output<typeof createVmSchema>;
export type CreateVmInput = z.input<typeof createVmSchema>;

const resizeFieldsSchema = z.strictObject({
  size: catalogueNameSchema.optional(),
  cpus: cpusSchema.optional(),
  memoryMib: memoryMibSchema.optional(),
  disks: z.array(diskSchema).min(1).max(32).optional(),
  labels: labelsSchema.optional(),
  deletionProtection: z.boolean().optional(),
});

/**
 * The body of `PATCH /v1/vms/{id}` and of an AMQP `vm.resize`: an absolute target; what is absent stays. Disks by position, none shrinks,
 * more of them are added. `labels` replace all labels. Labels and protection alone need no work on the platform.
 */
export const resizeVmSchema = resizeFieldsSchema.superRefine((body, ctx) => {
  if (body.size !== undefined && (body.cpus !== undefined || body.memoryMib !== undefined)) {
    ctx.addIssue({ code: 'custom', path: ['size'], message: 'excludes cpus and memoryMib: a size names both' });
  }
  // Only what can be changed counts: an AMQP request names its VM beside it.
  if (resizeFieldsSchema.keyof().options.every((field) => body[field] === undefined)) {
    ctx.addIssue({ code: 'custom', path: [], message: 'must name at least one thing to change' });
  }
});
export type ResizeVm = z.output<typeof resizeVmSchema>;

/** A snapshot's name as its maker calls it; the platform's name adds eight digits. */
export const snapshotNameSchema = z
  .string()
  .regex(
    /^[a-zA-Z0-9]([a-zA-Z0-9._ -]{0,61}[a-zA-Z0-9])?$/,
    'must be 1 to 63 letters, digits and inner . _ - and spaces',
  );

/** `memory` keeps a running VM's memory too, so that a revert finds it running. */
export const createSnapshotSchema = z.strictObject({
  name: snapshotNameSchema,
  description: z
    .string()
    .max(500)
    .regex(/^[^\p{Cc}]*$/u, 'must not hold control characters')
    .default(''),
  memory: z.boolean().default(false),
});
export type CreateSnapshot = z.output<typeof createSnapshotSchema>;

/** Where a person reaches a VM's screen for a short while. The address is a secret. */
export const consoleSchema = z.object({ url: z.string(), expiresAt: z.iso.datetime() });
export type Console = z.infer<typeof consoleSchema>;

/**
 * The body of `POST /v1/operations/{id}/resubmit`: the guest secrets that the first request came with, since DCM has erased them. Each of
 * them, and no other; without any there is no need of a body.
 */
export const resubmitSchema = z
  .strictObject({
    guest: z
      .strictObject({
        userData: guestRequestSchema.shape.userData,
        adminPassword: guestRequestSchema.shape.adminPassword,
        domain: guestDomainSchema.pick({ password: true }).optional(),
      })
      .default({}),
  })
  .default({ guest: {} });
export type Resubmit = z.output<typeof resubmitSchema>;

export const deleteVmSchema = z.strictObject({});

export const powerVmSchema = powerRequestSchema;

/** What a change of a VM answers with 202: the VM with the operation to follow. */
export const acceptedVmSchema = vmSchema;

/** What a create answers with: the VM, or the first of several with `batch` for all of them. */
export const createdVmSchema = vmSchema.extend({ batch: batchSchema.optional() });
export type CreatedVm = z.infer<typeof createdVmSchema>;
