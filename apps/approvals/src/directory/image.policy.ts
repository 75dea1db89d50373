import {
  belowMinimums,
  DcmError,
  isSeenWith,
  type ErrorDetail,
  type Image,
  type SiteName,
  type Size,
} from '@dcm/contracts';
import type { CallInput } from '../admin/ports';

/** What of an image an administrator says. */
export type ImageFields = Omit<Image, 'id' | 'name' | 'createdAt' | 'seq'>;

/** Such fields under their image's name. */
export type NamedImage = Pick<Image, 'name'> & ImageFields;

type Wish = Partial<Omit<CallInput<'admin.image.update'>, 'id'>>;
type PerSite = Readonly<Record<SiteName, string>>;

/** null takes what is said of a site away. */
function merged(old: PerSite, wish: Readonly<Record<SiteName, string | null>> = {}): PerSite {
  const all = Object.entries({ ...old, ...wish }) as [SiteName, string | null][];
  return Object.fromEntries(all.filter(([, text]) => text !== null)) as PerSite;
}

/** A template that goes takes its version with it. */
const only = (versions: PerSite, sites: PerSite, named: object = {}): PerSite =>
  Object.fromEntries(
    Object.entries(versions).filter(([site]) => Object.hasOwn(sites, site) || Object.hasOwn(named, site)),
  );

/** undefined keeps, null removes. */
const chosen = <T>(old: T | undefined, wish: T | null | undefined): T | undefined =>
  wish === undefined ? old : (wish ?? undefined);

/** What an image is once a change is made; of what is not named it keeps what it was. */
export function changedImage(old: ImageFields, wish: Wish): ImageFields {
  const templates = merged(old.templates, wish.templates);
  return {
    templates,
    versions: only(merged(old.versions ?? {}, wish.versions), templates, wish.versions),
    guestOs: chosen(old.guestOs, wish.guestOs),
    description: chosen(old.description, wish.description),
    defaults: chosen(old.defaults, wish.defaults),
    minimums: chosen(old.minimums, wish.minimums),
    state: chosen(old.state, wish.state),
    visibility: chosen(old.visibility, wish.visibility),
  };
}

const refusal = (
  what: string,
  code: 'NOT_FOUND' | 'INVALID_REQUEST',
  details: [ErrorDetail, ...ErrorDetail[]],
): DcmError => new DcmError(code, `Unable to ${what}: ${details[0].message}`, { details });

/** Who sees an image must see the size that it gives. */
function assertDefaultSize({ defaults, visibility }: ImageFields, size: Size | undefined, what: string): void {
  if (defaults?.size === undefined) return;
  const pointer = '/defaults/size';
  if (size === undefined) {
    throw refusal(what, 'NOT_FOUND', [{ pointer, message: `size ${defaults.size} is not known` }]);
  }
  if (isSeenWith(visibility, size.visibility)) return;
  const message = `size ${size.name} is not visible to all tenants that see the image`;
  throw refusal(what, 'INVALID_REQUEST', [{ pointer, message }]);
}

const pointerOfDefault = (pointer: string): string =>
  pointer === '/disks/0/sizeGib' ? '/defaults/diskGib' : `/defaults${pointer}`;

/**
 * Refuses an image that says what cannot be: a version of a template that it has not, a default that is less than what it needs, or a
 * default size that is not there for all who see the image.
 * @param size what the default size stands for; undefined: there is none of that name.
 * @throws DcmError INVALID_REQUEST, NOT_FOUND
 */
export function assertSoundImage(image: NamedImage, size: Size | undefined, what: string): void {
  assertDefaultSize(image, size, what);
  const { defaults = {}, templates, versions = {} } = image;
  const { cpus = size?.cpus, memoryMib = size?.memoryMib, diskGib } = defaults;
  const orphans = Object.keys(versions).filter((site) => !Object.hasOwn(templates, site));
  const [first, ...others] = [
    ...orphans.map((site) => ({
      pointer: `/versions/${site}`,
      message: `image ${image.name} has no template on site ${site}`,
    })),
    ...belowMinimums(image, { cpus, memoryMib, diskGib }, defaults.size !== undefined).map(({ pointer, message }) => ({
      pointer: pointerOfDefault(pointer),
      message,
    })),
  ];
  if (first !== undefined) throw refusal(what, 'INVALID_REQUEST', [first, ...others]);
}
