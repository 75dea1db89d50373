import type { Plan, VmSpec } from '@dcm/contracts';
import { metadataPointer, SECURE_BOOTS, type Metadata, type SecureBoot } from './metadata.schema';
import { isWindows, type Template } from './places';

/** Why core and metadata of a request cannot both be; undefined when they agree, or one says nothing. */
export function secureBootProblem(
  { firmware }: Pick<VmSpec, 'firmware'>,
  { secureBoot }: Pick<Metadata, 'secureBoot'>,
): string | undefined {
  if (firmware === undefined || secureBoot === undefined) return undefined;
  if (firmware.secureBoot === (secureBoot !== 'off')) return undefined;
  return `is ${String(firmware.secureBoot)}, and ${metadataPointer('secureBoot')} is ${secureBoot}`;
}

/** How a VM shall start; undefined leaves it as the image has it, and so does generation 1, which knows no secure boot. */
export function secureBootOf(
  { firmware }: Pick<VmSpec, 'firmware'>,
  { secureBoot }: Pick<Metadata, 'secureBoot'>,
  template: Pick<Template, 'generation' | 'os'>,
): SecureBoot | undefined {
  if (secureBoot !== undefined || firmware === undefined) return secureBoot;
  if ((template.generation ?? 2) !== 2) return undefined;
  if (!firmware.secureBoot) return 'off';
  return isWindows(template) ? 'windows' : 'uefi-ca';
}

/** How a VM that is made as planned shall start, where the core of its request said so. */
export const plannedSecureBoot = ({ hints }: Pick<Plan, 'hints'>): SecureBoot | undefined =>
  SECURE_BOOTS.find((one) => one === hints['secureBoot']);
