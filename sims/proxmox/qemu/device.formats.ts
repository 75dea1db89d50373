import { diskSize, ipv4, ipv4Config, ipv6, ipv6Config, macAddress, storageId, volumeId } from '../schema/formats';
import { choice, decimal, flag, integer, optional, text, type Format, type ParameterTable } from '../schema/parameter';
import { properties } from '../schema/property.string';
import { netModels } from './net';

const optionals = (table: ParameterTable): ParameterTable =>
  Object.fromEntries(Object.entries(table).map(([key, parameter]) => [key, optional(parameter)]));

/** Limits of a drive's throughput: `iops_rd_max`, `mbps`, `bps_wr_max_length` and so on. */
const throttling: ParameterTable = Object.fromEntries(
  ['', '_rd', '_wr'].flatMap((direction) => [
    [`bps${direction}`, integer()],
    [`bps${direction}_max_length`, integer({ minimum: 1 })],
    [`iops${direction}`, integer()],
    [`iops${direction}_max`, integer()],
    [`iops${direction}_max_length`, integer({ minimum: 1 })],
    [`mbps${direction}`, decimal()],
    [`mbps${direction}_max`, decimal()],
  ]),
);

const allocation: Format = (value) =>
  ['none', 'cdrom'].includes(value) || volumeId(value) === undefined ? undefined : 'unable to parse volume ID';

const drive = properties({
  defaultKey: 'file',
  keys: {
    file: text({ format: allocation }),
    ...optionals({
      ...throttling,
      aio: choice('native', 'threads', 'io_uring'),
      backup: flag(),
      cache: choice('none', 'writethrough', 'writeback', 'unsafe', 'directsync'),
      detect_zeroes: flag(),
      discard: choice('ignore', 'on'),
      format: choice('raw', 'qcow', 'qed', 'qcow2', 'vmdk', 'cloop'),
      'import-from': text(),
      iothread: flag(),
      media: choice('cdrom', 'disk'),
      model: text({ maxLength: 120 }),
      product: text({ pattern: /[A-Za-z0-9\-_\s]{1,16}/ }),
      queues: integer({ minimum: 2 }),
      replicate: flag(),
      rerror: choice('ignore', 'report', 'stop'),
      ro: flag(),
      scsiblock: flag(),
      serial: text({ maxLength: 60 }),
      shared: flag(),
      size: text({ format: diskSize }),
      snapshot: flag(),
      ssd: flag(),
      vendor: text({ pattern: /[A-Za-z0-9\-_\s]{1,8}/ }),
      werror: choice('enospc', 'ignore', 'report', 'stop'),
      wwn: text({ pattern: /0x[0-9a-fA-F]{16}/ }),
    }),
  },
});

const net = properties({
  defaultKey: 'model',
  keys: optionals({
    model: choice(...netModels),
    ...Object.fromEntries(netModels.map((model) => [model, text({ format: macAddress })])),
    bridge: text(),
    firewall: flag(),
    link_down: flag(),
    macaddr: text({ format: macAddress }),
    mtu: integer({ minimum: 1, maximum: 65_520 }),
    queues: integer({ minimum: 0, maximum: 64 }),
    rate: decimal({ minimum: 0 }),
    tag: integer({ minimum: 1, maximum: 4_094 }),
    trunks: text(),
  }),
});

/** Formats of values that are property strings. */
export const deviceFormats = {
  drive,
  /** A card without a model has a shape of its own, and yet is refused. */
  net: ((value) =>
    net(value) ??
    (netModels.some((model) => new RegExp(`(^|,)(model=)?${model}(=|,|$)`).test(value))
      ? undefined
      : 'format error\nmodel: property is missing and it is not optional')) satisfies Format,
  agent: properties({
    defaultKey: 'enabled',
    keys: {
      enabled: flag(),
      ...optionals({
        'freeze-fs': flag(),
        'freeze-fs-on-backup': flag(),
        fstrim_cloned_disks: flag(),
        'guest-fsfreeze': flag(),
        type: choice('virtio', 'isa'),
      }),
    },
  }),
  ipconfig: properties({
    keys: optionals({
      gw: text({ format: ipv4, requires: 'ip' }),
      gw6: text({ format: ipv6, requires: 'ip6' }),
      ip: text({ format: ipv4Config }),
      ip6: text({ format: ipv6Config }),
    }),
  }),
  smbios: properties({
    keys: optionals({
      base64: flag(),
      family: text(),
      manufacturer: text(),
      product: text(),
      serial: text(),
      sku: text(),
      uuid: text({ pattern: /[a-fA-F0-9]{8}(-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}/ }),
      version: text(),
    }),
  }),
  cicustom: properties({
    keys: optionals({
      meta: text({ format: volumeId }),
      network: text({ format: volumeId }),
      user: text({ format: volumeId }),
      vendor: text({ format: volumeId }),
    }),
  }),
  memory: properties({ defaultKey: 'current', keys: { current: integer({ minimum: 16 }) } }),
  unused: properties({ defaultKey: 'file', keys: { file: text({ format: volumeId }) } }),
  efidisk: properties({
    defaultKey: 'file',
    keys: {
      file: text({ format: allocation }),
      ...optionals({
        efitype: choice('2m', '4m'),
        format: choice('raw', 'qcow', 'qed', 'qcow2', 'vmdk', 'cloop'),
        'import-from': text(),
        'ms-cert': choice('2011', '2023', '2023k'),
        'pre-enrolled-keys': flag(),
        size: text({ format: diskSize }),
      }),
    },
  }),
  tpmstate: properties({
    defaultKey: 'file',
    keys: {
      file: text({ format: allocation }),
      ...optionals({
        format: choice('raw', 'qcow2', 'vmdk'),
        'import-from': text(),
        size: text({ format: diskSize }),
        version: choice('v1.2', 'v2.0'),
      }),
    },
  }),
  storage: storageId,
};
