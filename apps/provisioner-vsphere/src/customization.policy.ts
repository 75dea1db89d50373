import { lossesFrom, type PlanDiagnostic, type PlanLoss, type VmSpec } from '@dcm/contracts';
import type { CustomizationKind } from './customization.schema';
import { metadataPointer, type Metadata } from './metadata.schema';
import type { Template } from './template';

/** Who tells the guest what it is. */
export const customizationOf = ({ customization = 'cloud-init' }: Metadata): CustomizationKind => customization;

/** Whether vCenter itself prepares the guest, through VMware Tools. */
export const isPrepared = (metadata: Metadata): boolean =>
  metadata.customization === 'linux' || metadata.customization === 'windows';

export interface CustomizationBasis {
  readonly spec: Pick<VmSpec, 'name' | 'image' | 'guest' | 'networks'>;
  readonly metadata: Metadata;
  readonly template: Template | undefined;
}

/** The guest's host name without its domain. */
export const hostNameOf = ({ name, guest }: CustomizationBasis['spec']): string =>
  (guest.hostname ?? name).split('.')[0] ?? name;

/** What is behind the first dot of the guest's host name. */
export function domainOf({ guest }: CustomizationBasis['spec']): string | undefined {
  const [, ...domain] = guest.hostname?.split('.') ?? [];
  return domain.length === 0 ? undefined : domain.join('.');
}

const error = (pointer: string, message: string): PlanDiagnostic => ({ severity: 'error', pointer, message });

/** Combinations that cannot work, by their place in the request. What merely is not done is a loss. */
export function customizationProblems(basis: CustomizationBasis): PlanDiagnostic[] {
  return [
    ...imageProblems(basis),
    ...keyProblems(basis.metadata),
    ...secretProblems(basis),
    ...domainJoinProblems(basis),
    ...nameProblems(basis),
    ...addressProblems(basis),
  ];
}

function imageProblems({ spec, metadata, template }: CustomizationBasis): PlanDiagnostic[] {
  const kind = customizationOf(metadata);
  if (!isPrepared(metadata)) return [];
  const pointer = metadataPointer('customization');
  if (spec.image === null) return [error(pointer, 'needs an image: a blank VM has no guest to prepare')];
  const guestId = metadata.guestId ?? template?.image.guestId;
  if (guestId === undefined || guestId.startsWith('win') === (kind === 'windows')) return [];
  return [error(pointer, `${kind} does not fit the guest ${guestId}`)];
}

function keyProblems(metadata: Metadata): PlanDiagnostic[] {
  return (['linux', 'windows'] as const)
    .filter((kind) => metadata[kind] !== undefined && customizationOf(metadata) !== kind)
    .map((kind) => error(metadataPointer(kind), `is used by the customization ${kind} only`));
}

/** Nothing that a person wrote for the guest is dropped in silence. */
function secretProblems({ spec: { guest }, metadata }: CustomizationBasis): PlanDiagnostic[] {
  const kind = customizationOf(metadata);
  const hasPassword = (guest.adminPassword ?? null) !== null;
  return [
    ...(guest.userData !== null && kind !== 'cloud-init'
      ? [error('/guest/userData', `is read by cloud-init only, and the customization is ${kind}`)]
      : []),
    ...(hasPassword && kind !== 'windows'
      ? [error('/guest/adminPassword', `is set by the customization windows only, and the customization is ${kind}`)]
      : []),
    ...(!hasPassword && kind === 'windows'
      ? [error('/guest/adminPassword', 'is required: without it Windows would get an empty one')]
      : []),
  ];
}

function domainJoinProblems({ spec: { guest }, metadata }: CustomizationBasis): PlanDiagnostic[] {
  if (guest.domain === undefined || metadata.windows?.workgroup === undefined) return [];
  return [error('/guest/domain', `excludes the workgroup of ${metadataPointer('windows')}`)];
}

const MAX_COMPUTER_NAME = 15;

function nameProblems({ spec, metadata }: CustomizationBasis): PlanDiagnostic[] {
  if (metadata.customization === 'linux') return domainProblems(spec, metadata);
  if (metadata.customization !== 'windows') return [];
  const problem = computerNameProblem(hostNameOf(spec), domainOf(spec));
  return problem === undefined ? [] : [error(spec.guest.hostname === null ? '/name' : '/guest/hostname', problem)];
}

function domainProblems(spec: CustomizationBasis['spec'], { linux }: Metadata): PlanDiagnostic[] {
  const domain = domainOf(spec);
  if (domain === undefined || linux?.domain === undefined || domain === linux.domain) return [];
  return [error(metadataPointer('linux'), `names another domain than the host name, ${domain}`)];
}

/** @see https://developer.broadcom.com/xapis/vsphere-web-services-api/latest/vim.vm.customization.UserData.html */
function computerNameProblem(name: string, domain: string | undefined): string | undefined {
  if (domain !== undefined) return 'must have no domain: Windows joins what guest.domain names, or a workgroup';
  if (name.length > MAX_COMPUTER_NAME) {
    return `gives Windows a name of more than ${MAX_COMPUTER_NAME} characters; name a shorter host name`;
  }
  return /^\d+$/.test(name) ? 'gives Windows a name of digits only' : undefined;
}

function addressProblems({ spec: { networks }, metadata }: CustomizationBasis): PlanDiagnostic[] {
  if (customizationOf(metadata) !== 'none') return [];
  return networks.flatMap(({ address }, index) =>
    address === undefined ? [] : [error(`/networks/${index}/address`, 'is told to nobody: the customization is none')],
  );
}

/** What a customization does not do of what is asked, for the approver. */
export function customizationLosses({ spec: { guest, image }, metadata }: CustomizationBasis): PlanLoss[] {
  const kind = customizationOf(metadata);
  if (image === null) return [];
  return lossesFrom([
    [
      kind !== 'cloud-init' && guest.sshKeys.length > 0,
      'ssh-keys',
      '/guest/sshKeys',
      `The customization ${kind} sets no SSH keys.`,
    ],
    [
      kind === 'none' && guest.hostname !== null,
      'hostname',
      '/guest/hostname',
      'The customization none sets no host name.',
    ],
    [
      kind !== 'windows' && guest.domain !== undefined,
      'domain-join',
      '/guest/domain',
      `No domain is joined: the customization windows does that, and the customization is ${kind}.`,
    ],
    [
      kind === 'windows' && guest.domain?.organizationalUnit !== undefined,
      'domain-join',
      '/guest/domain/organizationalUnit',
      "The machine's account is made where the domain makes new ones: Sysprep knows no organizational unit.",
    ],
    [
      isPrepared(metadata),
      'guest-preparation',
      metadataPointer('customization'),
      'VMware Tools prepare the guest at its first start; DCM does not wait for it, nor tells how it ended.',
    ],
  ]);
}
