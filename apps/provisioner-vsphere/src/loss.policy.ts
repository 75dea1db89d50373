import type { VmSpec } from '@dcm/contracts';
import { customizationLosses, customizationOf } from './customization.policy';
import type { Metadata } from './metadata.schema';
import type { Template } from './template';

const isAsked = ({ guest, networks }: VmSpec): boolean =>
  guest.hostname !== null ||
  guest.sshKeys.length > 0 ||
  guest.userData !== null ||
  networks.some(({ address }) => address !== undefined);

const isWindows = (template: Template | undefined): boolean => template?.image.guestId?.startsWith('win') === true;

/** What this platform cannot keep of the request, as sentences for the approver. */
export function lossesOf(spec: VmSpec, metadata: Metadata, template: Template | undefined, networks: number): string[] {
  const surplus = networks === 0 ? 0 : (template?.devices.nics.length ?? 0) - networks;
  const losses: [boolean, string][] = [
    [Object.keys(spec.labels).length > 0, 'Labels are kept in DCM; vCenter does not show them.'],
    [
      spec.image === null && isAsked(spec),
      'Without an image nothing in the VM reads the host name, SSH keys, user data and static addresses.',
    ],
    [
      isWindows(template) && customizationOf(metadata) === 'cloud-init' && isAsked(spec),
      'A Windows image needs cloudbase-init to read the host name, SSH keys, user data and static addresses.',
    ],
    [spec.guest.userData !== null, "User data can be read in vCenter by whoever may see the VM's advanced settings."],
    [
      spec.image !== null && metadata.diskProvisioning !== undefined,
      "The image's own disks keep their provisioning; diskProvisioning counts for further disks.",
    ],
    [
      metadata.linkedClone === true,
      "A linked clone's disks stand on the image's snapshot: they never grow, and the image cannot go before the VM.",
    ],
    [
      surplus > 0,
      `The image has ${surplus} more network ${surplus === 1 ? 'card' : 'cards'} than are asked for: removed.`,
    ],
  ];
  return [
    ...losses.filter(([isLost]) => isLost).map(([, sentence]) => sentence),
    ...customizationLosses({ spec, metadata, template }),
  ];
}
