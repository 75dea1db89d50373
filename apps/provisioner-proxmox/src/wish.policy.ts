import type { PlanDiagnostic, VmSpec } from '@dcm/contracts';
import { metadataPointer, readMetadata, type Metadata } from './metadata.schema';

/** What a request says of how it is made, once in the core and once in this platform's own keys. */
export type Wish = Pick<VmSpec, 'clone' | 'metadata'>;

/** A request's metadata with what its core says in the same words, and an error for each key that is not usable. */
export function readWish({ clone, metadata: given }: Wish): { metadata: Metadata; diagnostics: PlanDiagnostic[] } {
  const { metadata, diagnostics } = readMetadata(given);
  if (clone === undefined) return { metadata, diagnostics };
  const fullClone = clone === 'full';
  const isContradicted = metadata.fullClone !== undefined && metadata.fullClone !== fullClone;
  const message = `is ${clone}, and ${metadataPointer('fullClone')} is ${String(metadata.fullClone)}`;
  return {
    metadata: { ...metadata, fullClone },
    diagnostics: isContradicted ? [...diagnostics, { severity: 'error', pointer: '/clone', message }] : diagnostics,
  };
}
