import type { VmSpec } from '@dcm/contracts';
import { tellsGuest } from './cloud-init.mapper';
import type { Metadata } from './metadata.schema';
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

/** What this platform cannot keep of the request, as sentences for the approver. */
export function lossesOf(basis: LossBasis): string[] {
  const { spec, template, isLinked, wires } = basis;
  const surplus = wires === 0 ? 0 : (template?.devices.nics.length ?? 0) - wires;
  const losses: [boolean, string][] = [
    [Object.keys(spec.labels).length > 0, 'Labels are kept in DCM; Proxmox does not show them.'],
    ...guestLosses(basis),
    [
      isLinked && template !== undefined,
      "A linked clone's disks stand on the image's, which cannot go before the VM does.",
    ],
    [
      surplus > 0,
      `The image has ${surplus} more network ${surplus === 1 ? 'card' : 'cards'} than are asked for: removed.`,
    ],
  ];
  return losses.filter(([isLost]) => isLost).map(([, sentence]) => sentence);
}

function guestLosses({ spec, template }: LossBasis): [boolean, string][] {
  const { guest, platformName } = spec;
  const isDeaf = spec.image === null || (template !== undefined && template.devices.cloudInit === undefined);
  if (isDeaf) return [[tellsGuest(spec), deafness(spec)]];
  const broken = guest.sshKeys.flatMap((key, index) => (isPublicKey(key) ? [] : [index + 1]));
  return [
    [
      guest.userData !== null,
      'User data is not given to the guest: on Proxmox it is a file on the node, where only its root can put it.',
    ],
    [
      guest.hostname !== null && guest.hostname !== platformName.split('.')[0],
      `The guest's host name is ${platformName}, the VM's name on Proxmox, not the one that is asked for.`,
    ],
    [
      broken.length > 0,
      `SSH ${broken.length === 1 ? 'key' : 'keys'} ${broken.join(', ')} cannot be given: OpenSSH would not read ${broken.length === 1 ? 'it' : 'them'}.`,
    ],
  ];
}

const deafness = ({ image }: VmSpec): string =>
  image === null
    ? 'Without an image nothing in the VM reads the host name, SSH keys, password, user data and static addresses.'
    : 'The image has no cloud-init drive: the guest is not told its host name, SSH keys, password and addresses.';
