import { address, dnsName, storageId, tag, urlEncoded, volumeId } from '../schema/formats';
import {
  choice,
  decimal,
  flag,
  integer,
  numbered,
  optional,
  text,
  type Parameter,
  type ParameterTable,
} from '../schema/parameter';
import { deviceFormats } from './device.formats';

const optionals = (table: ParameterTable): ParameterTable =>
  Object.fromEntries(Object.entries(table).map(([key, parameter]) => [key, optional(parameter)]));

const drive = text({ format: deviceFormats.drive });

/** Values of the `lock` key, and of many parameters. */
export const lockValues = [
  ...['backup', 'clone', 'create', 'migrate', 'rollback', 'snapshot', 'snapshot-delete', 'suspending', 'suspended'],
];

const keyboards = [
  ...['de', 'de-ch', 'da', 'en-gb', 'en-us', 'es', 'fi', 'fr', 'fr-be', 'fr-ca', 'fr-ch', 'hu', 'is', 'it', 'ja', 'lt'],
  ...['mk', 'nl', 'no', 'pl', 'pt', 'pt-br', 'sv', 'sl', 'tr'],
];

const systems = [
  ...['other', 'wxp', 'w2k', 'w2k3', 'w2k8', 'wvista', 'win7', 'win8', 'win10', 'win11', 'l24', 'l26', 'solaris'],
];

/** Keys with one value. */
const single: ParameterTable = {
  acpi: flag(),
  affinity: text(),
  agent: text({ format: deviceFormats.agent }),
  'allow-ksm': flag(),
  'amd-sev': text(),
  arch: choice('x86_64', 'aarch64'),
  args: text(),
  audio0: text(),
  autostart: flag(),
  balloon: integer({ minimum: 0 }),
  bios: choice('seabios', 'ovmf'),
  boot: text(),
  bootdisk: text({ pattern: /(ide|sata|scsi|virtio)\d+/ }),
  cdrom: text(),
  cicustom: text({ format: deviceFormats.cicustom }),
  cipassword: text(),
  citype: choice('configdrive2', 'nocloud', 'opennebula'),
  ciupgrade: flag(),
  ciuser: text(),
  cores: integer({ minimum: 1 }),
  cpu: text(),
  cpulimit: decimal({ minimum: 0, maximum: 128 }),
  cpuunits: integer({ minimum: 1, maximum: 262_144 }),
  description: text({ maxLength: 8192 }),
  efidisk0: text({ format: deviceFormats.efidisk }),
  freeze: flag(),
  hookscript: text({ format: volumeId }),
  hotplug: text(),
  hugepages: choice('any', '2', '1024'),
  'intel-tdx': text(),
  ivshmem: text(),
  keephugepages: flag(),
  keyboard: choice(...keyboards),
  kvm: flag(),
  localtime: flag(),
  lock: choice(...lockValues),
  machine: text(),
  memory: text({ format: deviceFormats.memory }),
  migrate_downtime: decimal({ minimum: 0 }),
  migrate_speed: integer({ minimum: 0 }),
  name: text({ format: dnsName }),
  nameserver: text({ format: address, isList: true }),
  numa: flag(),
  onboot: flag(),
  ostype: choice(...systems),
  protection: flag(),
  reboot: flag(),
  rng0: text(),
  scsihw: choice('lsi', 'lsi53c810', 'virtio-scsi-pci', 'virtio-scsi-single', 'megasas', 'pvscsi'),
  searchdomain: text(),
  shares: integer({ minimum: 0, maximum: 50_000 }),
  smbios1: text({ maxLength: 512, format: deviceFormats.smbios }),
  smp: integer({ minimum: 1 }),
  sockets: integer({ minimum: 1 }),
  spice_enhancements: text(),
  sshkeys: text({ format: urlEncoded }),
  startdate: text({ pattern: /now|\d{4}-\d{1,2}-\d{1,2}(T\d{1,2}:\d{1,2}:\d{1,2})?/ }),
  startup: text(),
  tablet: flag(),
  tags: text({ format: tag, isList: true }),
  tdf: flag(),
  template: flag(),
  tpmstate0: text({ format: deviceFormats.tpmstate }),
  vcpus: integer({ minimum: 1 }),
  vga: text(),
  vmgenid: text({ pattern: /(?:[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}|[01])/ }),
  vmstatestorage: text({ format: storageId }),
  watchdog: text(),
};

/** Everything that a VM's configuration may hold. */
export const configTable: ParameterTable = {
  ...optionals(single),
  ...numbered('hostpci', 16, text()),
  ...numbered('ide', 4, drive),
  ...numbered('ipconfig', 32, text({ format: deviceFormats.ipconfig })),
  ...numbered('net', 32, text({ format: deviceFormats.net })),
  ...numbered('numa', 8, text()),
  ...numbered('parallel', 3, text({ pattern: /\/dev\/parport\d+|\/dev\/usb\/lp\d+/ })),
  ...numbered('sata', 6, drive),
  ...numbered('scsi', 31, drive),
  ...numbered('serial', 4, text({ pattern: /(\/dev\/.+|socket)/ })),
  ...numbered('unused', 256, text({ format: deviceFormats.unused })),
  ...numbered('usb', 14, text()),
  ...numbered('virtio', 16, drive),
  ...numbered('virtiofs', 10, text()),
};

/** Reads the text of a configuration value as its kind: numbers are numbers, everything else is text. */
export function typedValue(key: string, value: string | number): string | number {
  const parameter: Parameter | undefined = Object.hasOwn(configTable, key) ? configTable[key] : undefined;
  return parameter === undefined || parameter.type === 'string' ? String(value) : Number(value);
}
