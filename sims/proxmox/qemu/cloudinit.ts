import { createHash } from 'node:crypto';
import { failure } from '../api.error';
import { readProperties } from '../schema/property.string';
import { drivesOf } from './drive';
import { netsOf } from './net';
import type { VmConfig } from './vm.config';
import type { Vm } from './vm';

const KEYS = /^(ciuser|cipassword|ciupgrade|citype|cicustom|sshkeys|nameserver|searchdomain|ipconfig\d+)$/;

/** GET …/cloudinit: what cloud-init was told, and what it will be. Nothing waits: the drive is written at each start. */
export const cloudInitValues = ({ values }: VmConfig): readonly object[] =>
  [...values]
    .filter(([key]) => KEYS.test(key))
    .map(([key, value]) => ({ key, value: key === 'cipassword' ? '**********' : value }));

/** @throws ApiError 500 for a VM without such a drive */
export function assertCloudInitDrive({ config }: Vm): void {
  if (!drivesOf(config.values).some((drive) => drive.isCloudInit)) throw failure('no cloudinit drive found');
}

/** A scalar of YAML that is always read as text. */
const quoted = (value: string): string => JSON.stringify(value);

function userData({ config, name }: Vm): string {
  const password = config.text('cipassword');
  const keys = decodeURIComponent(config.text('sshkeys') ?? '')
    .split('\n')
    .filter((line) => line !== '');
  const user = config.text('ciuser');
  return [
    '#cloud-config',
    `hostname: ${name}`,
    'manage_etc_hosts: true',
    `fqdn: ${[name, config.text('searchdomain')].filter((part) => part !== undefined).join('.')}`,
    ...(user === undefined ? [] : [`user: ${quoted(user)}`]),
    ...(password === undefined ? [] : [`password: ${password}`]),
    ...(keys.length === 0 ? [] : ['ssh_authorized_keys:', ...keys.map((key) => `  - ${key}`)]),
    'chpasswd:',
    '  expire: False',
    ...(user === undefined ? ['users:', '  - default'] : []),
    ...(config.text('ciupgrade') === '0' ? [] : ['package_upgrade: true']),
    '',
  ].join('\n');
}

function subnetsOf(settings: ReadonlyMap<string, string>): readonly string[] {
  const ip = settings.get('ip');
  const ip6 = settings.get('ip6');
  const gateway = settings.get('gw');
  if (ip === 'dhcp') return ['  - type: dhcp4'];
  const fixed = ip === undefined ? [] : ['  - type: static', `    address: '${ip}'`];
  const via = gateway === undefined ? [] : [`    gateway: '${gateway}'`];
  return [...fixed, ...via, ...(ip6 === undefined ? [] : ['  - type: static6', `    address: '${ip6}'`])];
}

function networkData({ config }: Vm): string {
  const cards = netsOf(config.values).flatMap((card, index) => [
    '- type: physical',
    `  name: eth${index}`,
    `  mac_address: '${(card.mac ?? '').toLowerCase()}'`,
    '  subnets:',
    ...subnetsOf(readProperties(config.text(`ipconfig${index}`) ?? '')),
  ]);
  const names = config.text('nameserver')?.split(/[\s,;]+/) ?? [];
  const servers =
    names.length === 0 ? [] : ['- type: nameserver', '  address:', ...names.map((name) => `  - '${name}'`)];
  return ['version: 1', 'config:', ...[...cards, ...servers].map((line) => `    ${line}`), ''].join('\n');
}

/** GET …/cloudinit/dump: what the drive holds. Its instance id follows from the rest: other settings run again at the next boot. */
export function cloudInitDump(vm: Vm, type: string): string {
  if (type === 'user') return userData(vm);
  if (type === 'network') return networkData(vm);
  const id = createHash('sha1').update(userData(vm)).update(networkData(vm)).digest('hex');
  return `instance-id: ${id}\n`;
}
