import { guestWishes, lossesFrom, type LossRule, type PlanLoss, type VmSpec } from '@dcm/contracts';
import { customizationLosses, customizationOf } from './customization.policy';
import { metadataPointer, type Metadata } from './metadata.schema';
import type { Template } from './template';
import { linkPointer } from './wish.policy';

const isWindows = (template: Template | undefined): boolean => template?.image.guestId?.startsWith('win') === true;

/** What this platform cannot keep of the request, for the approver. */
export function lossesOf(
  spec: VmSpec,
  metadata: Metadata,
  template: Template | undefined,
  networks: number,
): PlanLoss[] {
  const surplus = networks === 0 ? 0 : (template?.devices.nics.length ?? 0) - networks;
  return [
    ...lossesFrom([
      [Object.keys(spec.labels).length > 0, 'labels', '/labels', 'Labels are kept in DCM; vCenter does not show them.'],
      ...deafness(spec, metadata, template),
      [
        spec.guest.userData !== null,
        'user-data',
        '/guest/userData',
        "User data can be read in vCenter by whoever may see the VM's advanced settings.",
      ],
      [
        spec.image !== null && metadata.diskProvisioning !== undefined,
        'disk-provisioning',
        metadataPointer('diskProvisioning'),
        "The image's own disks keep their provisioning; diskProvisioning counts for further disks.",
      ],
      [
        metadata.linkedClone === true,
        'linked-clone',
        linkPointer(spec),
        "A linked clone's disks stand on the image's snapshot: they never grow, and the image cannot go before the VM.",
      ],
      [spec.clone === 'full' && spec.image === null, 'full-clone', '/clone', 'Nothing is copied: the VM has no image.'],
      [
        spec.firmware?.secureBoot === true && template !== undefined && !template.isEfi,
        'secure-boot',
        '/firmware/secureBoot',
        'The image starts by BIOS, which knows no secure boot.',
      ],
      [
        surplus > 0,
        'network-cards',
        '/networks',
        `The image has ${surplus} more network ${surplus === 1 ? 'card' : 'cards'} than are asked for: removed.`,
      ],
    ]),
    ...customizationLosses({ spec, metadata, template }),
  ];
}

/** What a guest is told and nothing in it reads. */
function deafness(spec: VmSpec, metadata: Metadata, template: Template | undefined): LossRule[] {
  const needsHelp = isWindows(template) && customizationOf(metadata) === 'cloud-init';
  const end =
    spec.image === null
      ? 'is read by nothing in the VM: it has no image.'
      : 'is read by cloudbase-init alone, which a Windows image may not have.';
  const wishes = guestWishes(spec).filter(({ feature }) => spec.image === null || feature !== 'domain-join');
  return wishes.map(({ feature, pointer, what }) => [
    spec.image === null || needsHelp,
    feature,
    pointer,
    `${what} ${end}`,
  ]);
}
