import { lossesFrom, type PlanDiagnostic, type PlanLoss, type VmSpec } from '@dcm/contracts';
import type { SiteOptions } from './hyperv.config';
import { metadataPointer, type Metadata } from './metadata.schema';
import { isWindows, type Template } from './places';

/** Who tells the guest what it is: VMM by Sysprep, cloud-init by a small disc, or nobody. */
export type Customization = 'windows' | 'cloud-init' | 'none';

/** A Windows image is prepared by VMM when there is anything to say; other images read a disc where the site has a library. */
export function customizationOf(
  template: Pick<Template, 'os'>,
  spec: Pick<VmSpec, 'guest'>,
  { metadata, options }: { readonly metadata: Metadata; readonly options: Pick<SiteOptions, 'library'> },
): Customization {
  if (!isWindows(template)) return options.library === undefined ? 'none' : 'cloud-init';
  const { hostname, adminPassword, domain } = spec.guest;
  const isAsked =
    domain !== undefined ||
    hostname !== null ||
    (adminPassword ?? null) !== null ||
    metadata.runAsAccount !== undefined;
  return isAsked ? 'windows' : 'none';
}

export interface CustomizationBasis {
  readonly spec: Pick<VmSpec, 'name' | 'guest' | 'networks'>;
  readonly metadata: Metadata;
  readonly kind: Customization;
}

const error = (pointer: string, message: string): PlanDiagnostic => ({ severity: 'error', pointer, message });

/** Combinations that cannot work, by their place in the request. Nothing that a person wrote for the guest is dropped in silence. */
export function customizationProblems({ spec, metadata, kind }: CustomizationBasis): PlanDiagnostic[] {
  const { userData, adminPassword = null } = spec.guest;
  const checks: [boolean, string, string][] = [
    [userData !== null && kind !== 'cloud-init', '/guest/userData', whyNoCloudInit(kind)],
    [
      adminPassword !== null && kind !== 'windows',
      '/guest/adminPassword',
      'is set for Windows images only: give cloud-init a user with a key or a hashed password',
    ],
    [
      adminPassword !== null && metadata.runAsAccount !== undefined,
      metadataPointer('runAsAccount'),
      'must not be given beside guest.adminPassword',
    ],
    [
      metadata.runAsAccount !== undefined && kind !== 'windows',
      metadataPointer('runAsAccount'),
      'is used for Windows images only',
    ],
  ];
  return [
    ...checks.filter(([isBroken]) => isBroken).map(([, pointer, message]) => error(pointer, message)),
    ...spec.networks.flatMap(({ address }, index) =>
      address !== undefined && kind !== 'cloud-init'
        ? [error(`/networks/${index}/address`, `cannot be told to the guest: ${whyNoCloudInit(kind)}`)]
        : [],
    ),
    ...nameProblems(spec, kind),
  ];
}

const whyNoCloudInit = (kind: Customization): string =>
  kind === 'windows'
    ? 'a Windows image has no cloud-init'
    : 'cloud-init reads it from a disc, for which the site needs the option "library"';

const MAX_COMPUTER_NAME = 15;

function nameProblems({ name, guest }: CustomizationBasis['spec'], kind: Customization): PlanDiagnostic[] {
  if (kind !== 'windows') return [];
  const pointer = guest.hostname === null ? '/name' : '/guest/hostname';
  const host = guest.hostname ?? name;
  if (host.includes('.'))
    return [error(pointer, 'must have no domain: Windows joins what guest.domain names, or a workgroup')];
  if (host.length > MAX_COMPUTER_NAME) {
    return [
      error(pointer, `gives Windows a name of more than ${MAX_COMPUTER_NAME} characters; name a shorter host name`),
    ];
  }
  return /^\d+$/.test(host) ? [error(pointer, 'gives Windows a name of digits only')] : [];
}

/** What a customization does not do of what is asked, for the approver. */
export function customizationLosses({ spec: { guest }, kind }: CustomizationBasis): PlanLoss[] {
  return lossesFrom([
    [
      kind !== 'cloud-init' && guest.sshKeys.length > 0,
      'ssh-keys',
      '/guest/sshKeys',
      'SSH keys are not set: no cloud-init tells the guest.',
    ],
    [
      kind === 'none' && guest.hostname !== null,
      'hostname',
      '/guest/hostname',
      'The host name is not set: nobody tells the guest.',
    ],
    [
      kind !== 'windows' && guest.domain !== undefined,
      'domain-join',
      '/guest/domain',
      'No domain is joined: VMM does that for Windows images.',
    ],
    [
      kind === 'windows' && guest.domain?.organizationalUnit !== undefined,
      'domain-join',
      '/guest/domain/organizationalUnit',
      "The machine's account is made where the domain makes new ones: an organizational unit is not passed on.",
    ],
    [
      kind === 'windows',
      'guest-preparation',
      '/guest',
      'Windows is prepared at its first start; DCM does not wait for the guest, and VMM tells when it fails.',
    ],
    [
      kind === 'cloud-init' && guest.userData !== null,
      'user-data',
      '/guest/userData',
      'User data can be read in the VMM library by whoever may read the share, until the VM is deleted.',
    ],
  ]);
}
