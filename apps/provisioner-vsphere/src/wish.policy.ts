import type { PlanDiagnostic, VmSpec } from '@dcm/contracts';
import { metadataPointer, readMetadata, type Metadata } from './metadata.schema';

/** What a request says of how it is made, once in the core and once in this platform's own keys. */
export type Wish = Pick<VmSpec, 'clone' | 'metadata'>;

/** A request's metadata with what its core says in the same words, and an error for each key that is not usable. */
export function readWish({ clone, metadata: given }: Wish): { metadata: Metadata; diagnostics: PlanDiagnostic[] } {
  const { metadata, diagnostics } = readMetadata(given);
  if (clone === undefined) return { metadata, diagnostics };
  const linkedClone = clone === 'linked';
  const isContradicted = metadata.linkedClone !== undefined && metadata.linkedClone !== linkedClone;
  const message = `is ${clone}, and ${metadataPointer('linkedClone')} is ${String(metadata.linkedClone)}`;
  return {
    metadata: { ...metadata, linkedClone },
    diagnostics: isContradicted ? [...diagnostics, { severity: 'error', pointer: '/clone', message }] : diagnostics,
  };
}

/** Where a request says whether the image's disks are shared. */
export const linkPointer = ({ clone }: Pick<Wish, 'clone'>): string =>
  clone === undefined ? metadataPointer('linkedClone') : '/clone';
