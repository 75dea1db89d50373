import { randomUUID } from 'node:crypto';
import type { Host } from '../model/host';
import { KIND, type PsObject } from '../model/objects';
import { byNameAndId, cmdlet, type Cmdlet } from './cmdlet';
import { ASYNC, ON_BEHALF, SERVER } from './parameters';

/** Cmdlets that read further parts of the fabric. */
export const fabricDetailCmdlets: readonly Cmdlet[] = [
  cmdlet('Get-SCOperatingSystem', {
    all: `${SERVER} ${ON_BEHALF}`,
    sets: ['Name:string ID:guid'],
    run: ({ vmm, args }) => byNameAndId(args, vmm.fabric.systems),
  }),
  // This site has no SMB shares and no hardware profiles of its own.
  cmdlet('Get-SCStorageFileShare', {
    all: `${SERVER} ${ON_BEHALF}`,
    sets: ['Name:string ID:guid', 'VMHost:Host! Name:string'],
    run: ({ args }) => byNameAndId(args, []),
  }),
  cmdlet('Get-SCHardwareProfile', {
    all: `${SERVER} ${ON_BEHALF}`,
    sets: ['Name:string All:switch', 'Name:string ID:guid'],
    run: ({ args }) => byNameAndId(args, []),
  }),
  cmdlet('Get-SCVirtualHardDisk', {
    all: `${SERVER} ${ON_BEHALF}`,
    sets: ['Name:string All:switch', 'Name:string ID:guid', 'VM:VM!', 'VMTemplate:Template!'],
    run: ({ vmm, args }) => {
      const [machine, template] = [args.object('VM', 'VM'), args.object('VMTemplate', 'Template')];
      const all = [...vmm.fabric.templates, ...vmm.visibleMachines];
      const owners = [machine, template].filter((one) => one !== undefined);
      return byNameAndId(
        args,
        (owners.length === 0 ? all : owners).flatMap(({ VirtualHardDisks }) => VirtualHardDisks),
      );
    },
  }),
  cmdlet('Get-SCVMHostNetworkAdapter', {
    all: `${SERVER} ${ON_BEHALF}`,
    sets: ['Name:string ID:guid', 'VMHost:Host! Name:string'],
    run: ({ vmm, args }) => {
      const host = args.object('VMHost', 'Host');
      const hosts = vmm.hasNoScope ? [] : host === undefined ? vmm.fabric.hosts : [host];
      return byNameAndId(
        args,
        hosts.map((one) => adapterOf(one, vmm.fabric.logicalNetworks)),
      );
    },
  }),
  cmdlet('Get-SCVirtualNetworkAdapterConfiguration', {
    sets: [`VMConfiguration:VMConfiguration! ${ON_BEHALF}`],
    run: ({ args }) => args.the('VMConfiguration', 'VMConfiguration').VirtualNetworkAdapterConfigurations,
  }),
  cmdlet('Set-SCVirtualNetworkAdapterConfiguration', {
    sets: [
      `VirtualNetworkAdapterConfiguration:VirtualNetworkAdapterConfiguration! VMNetwork:VMNetwork VMSubnet:VMSubnet IPv4Address:string MACAddress:string PinIPv4AddressPool:bool PinIPv6AddressPool:bool PinMACAddressPool:bool ${ASYNC}`,
    ],
    run: ({ args }) => {
      const adapter = args.the('VirtualNetworkAdapterConfiguration', 'VirtualNetworkAdapterConfiguration');
      adapter.VMNetwork = args.object('VMNetwork', 'VMNetwork') ?? adapter.VMNetwork;
      adapter.VMSubnet = args.object('VMSubnet', 'VMSubnet') ?? adapter.VMNetwork?.VMSubnet[0] ?? null;
      adapter.MACAddress = args.text('MACAddress') ?? adapter.MACAddress;
      return [adapter];
    },
  }),
];

type Adapter = PsObject & { readonly ID: string; readonly Name: string } & Readonly<Record<string, unknown>>;

/** The one physical card of a host, on which every logical network lies. */
const adapterOf = (VMHost: Host, LogicalNetworks: readonly PsObject[]): Adapter => ({
  [KIND]: 'HostNetworkAdapter',
  ID: randomUUID(),
  Name: 'Ethernet',
  VMHost,
  LogicalNetworks,
  ConnectionState: 'Connected',
  MaxBandwidth: 10_000,
});
