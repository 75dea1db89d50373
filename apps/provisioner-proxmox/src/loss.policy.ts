import { guestWishes, lossesFrom, type LossRule, type PlanLoss, type VmSpec } from '@dcm/contracts';
import { metadataPointer, type Metadata } from './metadata.schema';
import { startsSecurely } from './firmware.policy';
import { isPublicKey } from './ssh-key.policy';
import type { Template } from './template';

/** What decides of losses. */
export interface LossBasis {
  readonly spec: VmSpec;
  readonly metadata: Metadata;
  /** Undefined for a blank VM, one that imports its disk, or an image that was not found. */
  readonly template: Template | undefined;
  readonly isLinked: boolean;
  /** Cards that are asked for; 0: the image's own stay. */
  readonly wires: number;
}

/** What this platform cannot keep of the request, for the approver. */
export function lossesOf(basis: LossBasis): PlanLoss[] {
  const { spec, metadata, template, isLinked, wires } = basis;
  const surplus = wires === 0 ? 0 : (template?.devices.nics.length ?? 0) - wires;
  return lossesFrom([
    [Object.keys(spec.labels).length > 0, 'labels', '/labels', 'Labels are kept in DCM; Proxmox does not show them.'],
    ...guestLosses(basis),
    [
      isLinked && template !== undefined,
      'linked-clone',
      spec.clone !== undefined ? '/clone' : metadata.fullClone === undefined ? '' : metadataPointer('fullClone'),
      "A linked clone's disks stand on the image's, which cannot go before the VM does.",
    ],
    ...copyLosses(basis),
    ...secureBootLosses(basis),
    [
      surplus > 0,
      'network-cards',
      '/networks',
      `The image has ${surplus} more network ${surplus === 1 ? 'card' : 'cards'} than are asked for: removed.`,
    ],
  ]);
}

/** Without a template nothing is cloned: there is no image, or its disk is imported. */
function copyLosses({ spec: { clone, image }, template }: LossBasis): LossRule[] {
  const isImport = image !== null;
  return [
    [
      clone === 'linked' && template === undefined,
      'linked-clone',
      '/clone',
      isImport
        ? "The image is a file, which is imported: the VM's disk is a copy."
        : 'The VM has no image to stand on.',
    ],
    [
      clone === 'full' && template === undefined && !isImport,
      'full-clone',
      '/clone',
      'Nothing is copied: the VM has no image.',
    ],
  ];
}

function secureBootLosses({ spec: { firmware }, metadata, template }: LossBasis): LossRule[] {
  if (firmware === undefined) return [];
  const isSecure = startsSecurely(metadata, template?.firmware, firmware.secureBoot);
  return [
    [
      firmware.secureBoot !== isSecure,
      'secure-boot',
      '/firmware/secureBoot',
      isSecure
        ? 'Secure boot stays on: the keys lie on the EFI disk of the image.'
        : 'Secure boot is off: it needs UEFI firmware and an EFI disk with enrolled keys, which the image does not have.',
    ],
  ];
}

function guestLosses({ spec, template }: LossBasis): LossRule[] {
  const { guest, platformName } = spec;
  const isDeaf = spec.image === null || (template !== undefined && template.devices.cloudInit === undefined);
  if (isDeaf) {
    return guestWishes(spec).map(({ feature, pointer, what }) => [true, feature, pointer, `${what} ${deafness(spec)}`]);
  }
  return [
    [
      guest.userData !== null,
      'user-data',
      '/guest/userData',
      'User data is not given to the guest: on Proxmox it is a file on the node, where only its root can put it.',
    ],
    [
      guest.hostname !== null && guest.hostname !== platformName.split('.')[0],
      'hostname',
      '/guest/hostname',
      `The guest's host name is ${platformName}, the VM's name on Proxmox, not the one that is asked for.`,
    ],
    [
      guest.domain !== undefined,
      'domain-join',
      '/guest/domain',
      'No domain is joined: cloud-init, by which Proxmox tells guests, has no word for it.',
    ],
    ...guest.sshKeys.map((key, index): LossRule => [
      !isPublicKey(key),
      'ssh-keys',
      `/guest/sshKeys/${index}`,
      `SSH key ${index + 1} cannot be given: OpenSSH would not read it.`,
    ]),
  ];
}

const deafness = ({ image }: VmSpec): string =>
  image === null
    ? 'is read by nothing in the VM: it has no image.'
    : 'is told to nobody: the image has no cloud-init drive.';
