import type { NetworkRequest, VmSpec } from '@dcm/contracts';
import type { VimObject } from './client/vim.data';
import { domainOf, hostNameOf } from './customization.policy';
import type { Metadata } from './metadata.schema';

/** What a guest is prepared from. */
export interface Preparation {
  readonly spec: Pick<VmSpec, 'name' | 'image' | 'guest' | 'networks'>;
  readonly metadata: Metadata;
  /** How many network cards the VM has when the call is made: vCenter wants a setting for each. */
  readonly nics: number;
}

const DEFAULT_DOMAIN = 'localdomain';
const GREENWICH = 85;

/**
 * The CustomizationSpec by which VMware Tools prepare the guest at its first start; undefined where something else does.
 * It may hold the administrator's password.
 * @see https://developer.broadcom.com/xapis/vsphere-web-services-api/latest/vim.vm.customization.Specification.html
 */
export function customizationSpec({ spec, metadata, nics }: Preparation): VimObject | undefined {
  const kind = metadata.customization;
  if (kind !== 'linux' && kind !== 'windows') return undefined;
  const dns = [...new Set(spec.networks.flatMap(({ address }) => address?.dns ?? []))];
  return {
    options:
      kind === 'linux'
        ? { $type: 'CustomizationLinuxOptions' }
        : { $type: 'CustomizationWinOptions', changeSID: true, deleteAccounts: false },
    identity: kind === 'linux' ? linuxPrep(spec, metadata) : sysprep(spec, metadata),
    // Linux has one list of DNS servers, Windows one for each card.
    globalIPSettings: {
      dnsSuffixList: metadata[kind]?.dnsSuffixes ?? [],
      dnsServerList: kind === 'linux' ? dns : [],
    },
    nicSettingMap: Array.from({ length: nics }, (_, index) => ({ adapter: ipSettings(spec.networks[index]) })),
  };
}

function linuxPrep(spec: Preparation['spec'], { linux }: Metadata): VimObject {
  return {
    $type: 'CustomizationLinuxPrep',
    hostName: fixedName(hostNameOf(spec)),
    domain: linux?.domain ?? domainOf(spec) ?? DEFAULT_DOMAIN,
    timeZone: linux?.timeZone,
    hwClockUTC: linux?.hwClockUtc,
  };
}

function sysprep(spec: Preparation['spec'], { windows = {} }: Metadata): VimObject {
  const { timeZone = GREENWICH, fullName = 'Administrator', orgName = spec.name } = windows;
  const { productId = '', workgroup = 'WORKGROUP' } = windows;
  const value = spec.guest.adminPassword ?? undefined;
  return {
    $type: 'CustomizationSysprep',
    guiUnattended: {
      password: value === undefined ? undefined : { value, plainText: true },
      timeZone,
      autoLogon: false,
      autoLogonCount: 0,
    },
    userData: {
      fullName,
      orgName,
      computerName: fixedName(hostNameOf(spec)),
      productId,
    },
    identification: identification(spec.guest, workgroup),
  };
}

function identification({ domain }: VmSpec['guest'], joinWorkgroup: string): VimObject {
  if (domain === undefined) return { joinWorkgroup };
  const { name, user, password } = domain;
  return {
    joinDomain: name,
    domainAdmin: user,
    domainAdminPassword: password === null ? undefined : { value: password, plainText: true },
  };
}

const fixedName = (name: string): VimObject => ({ $type: 'CustomizationFixedName', name });

function ipSettings(network: NetworkRequest | undefined): VimObject {
  const address = network?.address;
  if (address === undefined) return { ip: { $type: 'CustomizationDhcpIpGenerator' } };
  const [ipAddress = '', prefix = ''] = address.cidr.split('/');
  return {
    ip: { $type: 'CustomizationFixedIp', ipAddress },
    subnetMask: subnetMask(Number(prefix)),
    gateway: address.gateway === undefined ? [] : [address.gateway],
    dnsServerList: address.dns ?? [],
  };
}

/** The mask of a prefix's length, such as 255.255.255.0 for 24. */
export function subnetMask(length: number): string {
  const bits = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}
