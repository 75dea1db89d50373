import { z } from 'zod';
import type { ErrorDetail } from '../errors/dcm.error';
import { catalogueNameSchema, imageIdSchema, siteNameSchema } from '../ids';
import { visibilitySchema } from './visibility';
import { cpusSchema, diskSchema, memoryMibSchema, type Disk } from './vm';

const diskGibSchema = diskSchema.shape.sizeGib;

/** What a request takes that says nothing: a size or the figures of one, together, and how large the system disk is. */
export const imageDefaultsSchema = z.strictObject({
  size: catalogueNameSchema.optional(),
  cpus: cpusSchema.optional(),
  memoryMib: memoryMibSchema.optional(),
  diskGib: diskGibSchema.optional(),
});

/** Less than this nobody gets with the image. `diskGib` is of a system disk that the request names; the image's own is as it is. */
export const imageMinimumsSchema = imageDefaultsSchema.omit({ size: true });

/** `retired`: no new VM is made of it; those that there are stay as they are. */
export const imageStateSchema = z.enum(['active', 'retired']);

/** One line of free text, such as a version or a description. */
const lineSchema = z.string().max(500);

/**
 * A logical image: the same name on every site, a template of its own on each. `versions` says which one the template of a site is, `guestOs`
 * what is in it. What is absent was not said; absent `state`: active; absent `visibility`: all. To a tenant only itself is named of those that see it.
 */
export const imageSchema = z.object({
  id: imageIdSchema,
  name: catalogueNameSchema,
  templates: z.record(siteNameSchema, z.string().min(1).max(255)),
  versions: z.record(siteNameSchema, lineSchema).optional(),
  guestOs: catalogueNameSchema.optional(),
  description: lineSchema.optional(),
  defaults: z.object(imageDefaultsSchema.shape).optional(),
  minimums: z.object(imageMinimumsSchema.shape).optional(),
  state: imageStateSchema.optional(),
  visibility: visibilitySchema.optional(),
  createdAt: z.iso.datetime(),
  seq: z.int().min(0),
});
export type Image = z.infer<typeof imageSchema>;

/** What of a VM request its image has a say in. */
interface ImageWish {
  readonly size?: string | undefined;
  readonly cpus?: number | undefined;
  readonly memoryMib?: number | undefined;
  readonly disks: readonly Disk[];
}

const isUnsized = ({ size, cpus, memoryMib }: Omit<ImageWish, 'disks'>): boolean =>
  size === undefined && cpus === undefined && memoryMib === undefined;

/** The request with its image's defaults where it says nothing. */
export function withImageDefaults<Wish extends ImageWish>(
  wish: Wish,
  { defaults = {} }: Pick<Image, 'defaults'>,
): Wish {
  const { diskGib, ...sized } = defaults;
  const disk = diskGib === undefined || wish.disks.length > 0 ? {} : { disks: [{ sizeGib: diskGib }] };
  return { ...wish, ...(isUnsized(wish) ? sized : {}), ...disk };
}

/** How large a VM is to be, as far as it is said. */
export interface AskedFigures {
  readonly cpus?: number | undefined;
  readonly memoryMib?: number | undefined;
  readonly diskGib?: number | undefined;
}

const units = { cpus: 'CPUs', memoryMib: 'MiB of memory', diskGib: 'GiB of system disk' } as const;
const fields = Object.keys(units) as (keyof typeof units)[];

/**
 * What is asked for that is less than the image needs.
 * @param isNamedSize CPUs and memory come from the size that the request names, and are told of there.
 */
export function belowMinimums(
  { name, minimums = {} }: Pick<Image, 'name' | 'minimums'>,
  asked: AskedFigures,
  isNamedSize: boolean,
): ErrorDetail[] {
  const pointers = isNamedSize ? { cpus: '/size', memoryMib: '/size' } : { cpus: '/cpus', memoryMib: '/memoryMib' };
  return fields.flatMap((field) => {
    const [least = 0, given = Number.POSITIVE_INFINITY] = [minimums[field], asked[field]];
    if (given >= least) return [];
    const message = `image ${name} needs at least ${least} ${units[field]}, not ${given}`;
    return [{ pointer: { ...pointers, diskGib: '/disks/0/sizeGib' }[field], message }];
  });
}

/** Why an image does not serve a request. */
export interface ImageFault {
  readonly code: 'CONFLICT' | 'INVALID_REQUEST';
  readonly details: readonly [ErrorDetail, ...ErrorDetail[]];
}

/**
 * Why no VM is made of an image as it is asked for: it is retired, nobody says how large the VM is to be, or that is less than it needs.
 * @param wish with the image's defaults.
 * @param size what the named size stands for, where that is known.
 */
export function imageFaultOf(
  image: Pick<Image, 'name' | 'minimums' | 'state'>,
  wish: ImageWish,
  size: Pick<AskedFigures, 'cpus' | 'memoryMib'> | undefined,
): ImageFault | null {
  const { name } = image;
  if (image.state === 'retired') {
    return { code: 'CONFLICT', details: [{ pointer: '/image', message: `image ${name} is retired` }] };
  }
  if (isUnsized(wish)) {
    const message = `is required when no size is given: image ${name} has no default of it`;
    return { code: 'INVALID_REQUEST', details: [{ pointer: '/cpus', message }] };
  }
  const { cpus = size?.cpus, memoryMib = size?.memoryMib, disks } = wish;
  const asked = { cpus, memoryMib, diskGib: disks[0]?.sizeGib };
  const [first, ...others] = belowMinimums(image, asked, wish.size !== undefined);
  return first === undefined ? null : { code: 'INVALID_REQUEST', details: [first, ...others] };
}
