import type { Ownership, VmSpec } from '@dcm/contracts';
import { getMarked } from './access';
import type { Blueprint } from './blueprint';
import { MACHINE_FIELDS, ROW_FIELDS } from './machine.fields';
import { birthDescription } from './mark.mapper';
import { guid, ref, text, type Argument, type Batch, type Condition, type Step } from './powershell/batch';

/** What a creation is told about. */
export interface Birth {
  readonly blueprint: Blueprint;
  readonly spec: VmSpec;
  readonly ownership: Ownership;
  /** Counts from 1. */
  readonly attempt: number;
  /** How long to wait for another worker that creates the same VM. */
  readonly lockWaitMs: number;
}

type CreationReturns = {
  readonly found: typeof MACHINE_FIELDS;
  readonly named: typeof ROW_FIELDS;
  readonly made: typeof MACHINE_FIELDS;
};

const NONE_YET: readonly Condition[] = [
  { ref: 'found', is: 'empty' },
  { ref: 'named', is: 'empty' },
];

/**
 * Finds the instance's VM or makes it, in one batch under a mutex that all workers take for this instance: between the look
 * and the call nobody else can make it. The creating call writes the mark.
 */
export function creationBatch(birth: Birth): Batch<CreationReturns> {
  const { ownership, spec, lockWaitMs } = birth;
  const name: Record<string, Argument> = { Name: text(spec.platformName) };
  const making = [...placeSteps(birth), ...configurationSteps(birth), ...guestSteps(birth), makeStep(birth)];
  return {
    lock: { name: ownership.instance, waitMs: lockWaitMs },
    steps: [
      getMarked('found', ownership),
      { as: 'named', cmd: 'Get-SCVirtualMachine', args: name, when: [{ ref: 'found', is: 'empty' }] },
      ...making.map((step) => ({ ...step, when: NONE_YET })),
    ],
    return: { found: MACHINE_FIELDS, named: ROW_FIELDS, made: MACHINE_FIELDS },
  };
}

function placeSteps({ blueprint: { place, host, template } }: Birth): Step[] {
  const steps: Step[] = [{ as: 'template', cmd: 'Get-SCVMTemplate', args: { ID: guid(template.id) }, expect: 'one' }];
  if (place.kind === 'cloud')
    steps.push({ as: 'cloud', cmd: 'Get-SCCloud', args: { ID: guid(place.id) }, expect: 'one' });
  if (place.kind === 'host-group' && host === undefined) {
    const where = [{ path: 'ID', op: 'eq', value: place.id }] as const;
    steps.push({ as: 'group', cmd: 'Get-SCVMHostGroup', where, expect: 'one' });
  }
  const hostId = place.kind === 'host' ? place.id : host;
  if (hostId !== undefined) steps.push({ as: 'host', cmd: 'Get-SCVMHost', args: { ID: guid(hostId) }, expect: 'one' });
  return steps;
}

/** VMM chooses what is left open when the configuration is updated. */
function configurationSteps({ blueprint: { place, host }, spec }: Birth): Step[] {
  const isOnHost = place.kind === 'host' || host !== undefined;
  const where: Record<string, Argument> = isOnHost
    ? {}
    : place.kind === 'cloud'
      ? { Cloud: ref('cloud') }
      : { VMHostGroup: ref('group') };
  const config = ref('config');
  return [
    {
      as: 'config',
      cmd: 'New-SCVMConfiguration',
      args: { VMTemplate: ref('template'), Name: text(spec.platformName), ...where },
      expect: 'one',
    },
    ...(isOnHost
      ? [
          {
            as: 'fixed',
            cmd: 'Set-SCVMConfiguration',
            args: {
              VMConfiguration: config,
              VMHost: ref('host'),
              ...(place.csv !== undefined && { VMLocation: text(place.csv), PinVMLocation: true }),
            },
          } as const,
        ]
      : []),
    { as: 'placed', cmd: 'Update-SCVMConfiguration', args: { VMConfiguration: config } },
  ];
}

function guestSteps({ blueprint: { metadata, customization } }: Birth): Step[] {
  if (customization !== 'windows' || metadata.runAsAccount === undefined) return [];
  const args = { Name: text(metadata.runAsAccount) };
  return [{ as: 'runAs', cmd: 'Get-SCRunAsAccount', args, expect: 'one' }];
}

const makeStep = (birth: Birth): Step => {
  const { blueprint, spec, ownership, attempt } = birth;
  const { metadata, place } = blueprint;
  return {
    as: 'made',
    cmd: 'New-SCVirtualMachine',
    args: {
      Name: text(spec.platformName),
      VMConfiguration: ref('config'),
      Description: text(birthDescription(ownership, attempt)),
      CPUCount: spec.cpus,
      MemoryMB: spec.memoryMib,
      DynamicMemoryEnabled: metadata.dynamicMemory ?? false,
      ...(place.kind === 'cloud' && { Cloud: ref('cloud') }),
      ...windowsArguments(birth),
      StartAction: 'NeverAutoTurnOnVM',
      StopAction: 'ShutdownGuestOS',
      RunAsynchronously: true,
    },
    expect: 'one',
  };
};

/** What Sysprep is told. */
function windowsArguments({ blueprint: { customization, metadata }, spec }: Birth): Record<string, Argument> {
  if (customization !== 'windows') return {};
  const { hostname, adminPassword, domain } = spec.guest;
  return {
    ComputerName: text(hostname ?? spec.name),
    ...(metadata.runAsAccount !== undefined && { LocalAdministratorCredential: ref('runAs') }),
    ...(adminPassword !== null &&
      adminPassword !== undefined && {
        LocalAdministratorCredential: { $cred: { username: 'Administrator', password: adminPassword } },
      }),
    ...domainArguments(domain),
  };
}

/** The directory that Windows joins. */
function domainArguments(domain: VmSpec['guest']['domain']): Record<string, Argument> {
  if (domain === undefined) return {};
  const { name, user, password } = domain;
  return {
    Domain: text(name),
    ...(password !== null && { DomainJoinCredential: { $cred: { username: user, password } } }),
  };
}
