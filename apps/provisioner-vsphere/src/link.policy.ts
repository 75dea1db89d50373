import type { PlanDiagnostic, VmSpec } from '@dcm/contracts';
import { readRecord, readReference } from './client/reader';
import { gibOf, type Disk } from './device.mapper';
import type { Metadata } from './metadata.schema';
import type { Place } from './placement.policy';
import type { Places } from './places';
import type { Template } from './template';
import { linkPointer } from './wish.policy';

/** What a linked clone is planned from. */
export interface LinkBasis {
  readonly spec: Pick<VmSpec, 'image' | 'disks' | 'clone'>;
  readonly metadata: Metadata;
  /** Undefined when it was not found, which is another problem, or for a blank VM. */
  readonly template: Template | undefined;
  readonly places: Pick<Places, 'datastores'>;
  readonly place: Place | undefined;
}

/** Why the image's disks cannot be shared as asked; nothing when that was not asked for. */
export function linkProblems({ spec, metadata, template, places, place }: LinkBasis): PlanDiagnostic[] {
  if (metadata.linkedClone !== true) return [];
  const problem = problemAt(linkPointer(spec));
  if (spec.image === null) return [problem('needs an image: a blank VM has no disks to share')];
  if (template === undefined) return [];
  // DCM never takes it: it would change what others copy from.
  if (template.snapshot === undefined) return [problem(`the template ${template.image.name} has no snapshot`)];
  return [
    ...sizeProblems(spec, template.devices.disks),
    ...(place === undefined ? [] : reachProblems(template, places, place).map(problem)),
  ];
}

/** A disk that stands on another has that one's size for ever. */
function sizeProblems({ disks }: Pick<VmSpec, 'disks'>, shared: readonly Disk[]): PlanDiagnostic[] {
  return shared.flatMap((disk, index): PlanDiagnostic[] => {
    const asked = disks[index]?.sizeGib;
    if (asked === undefined || asked <= gibOf(disk)) return [];
    const message = `a linked clone keeps the size of the image's disk, ${gibOf(disk)} GiB`;
    return [{ severity: 'error', pointer: `/disks/${index}/sizeGib`, message }];
  });
}

/** The hosts that run the clone read the image's disks where they are. */
function reachProblems(template: Template, places: Pick<Places, 'datastores'>, { compute }: Place): string[] {
  const used = new Set(template.devices.disks.flatMap((disk) => datastoreOf(disk) ?? []));
  return [...used]
    .filter((value) => !compute.datastores.has(value))
    .map((value) => {
      const name = places.datastores.find(({ ref }) => ref.value === value)?.name ?? value;
      return `${compute.name} does not reach the image's datastore ${name}`;
    });
}

const datastoreOf = ({ raw }: Disk): string | undefined =>
  readReference(readRecord(raw['backing'])['datastore'])?.value;

const problemAt =
  (pointer: string) =>
  (message: string): PlanDiagnostic => ({ severity: 'error', pointer, message });
