import { failpoints } from '@dcm/runtime';
import type { Random } from './random';

/** The processes by role: `provisioner` are those of every platform, each with replicas. */
export type Platform = 'vsphere' | 'proxmox' | 'hyperv';
export type Role = 'gateway' | 'approvals' | 'provisioner' | Platform;

/** A place at which a process of a role can die. */
export interface Point {
  readonly role: Role;
  readonly name: string;
}

/** Steps of the adapters that a create and its undoing go through. */
const steps: Readonly<Record<Platform, readonly string[]>> = {
  vsphere: ['find', 'clone', 'reconfigure', 'power-on', 'read-back', 'power-off', 'delete'],
  proxmox: ['find', 'clone', 'configure', 'power-on', 'read-back', 'power-off', 'delete'],
  hyperv: [
    'find',
    'create',
    'configure',
    'store-disc',
    'insert-disc',
    'start',
    'read-back',
    'turn-off',
    'remove-disc',
    'delete',
  ],
};
export const platforms = Object.keys(steps) as Platform[];

const roleOf = (name: string): readonly Role[] => {
  if (name.startsWith('gateway.')) return ['gateway'];
  if (name.startsWith('outbox.')) return ['gateway', 'approvals'];
  return name.startsWith('work.') || name.startsWith('read.') ? ['provisioner'] : ['approvals'];
};

/** Every failpoint at every role that passes it, the adapter's steps one by one. */
export const points: readonly Point[] = Object.keys(failpoints).flatMap((name): Point[] =>
  name === 'work.step'
    ? platforms.flatMap((role) => steps[role].map((step) => ({ role, name: `${name}.${step}` })))
    : roleOf(name).map((role) => ({ role, name })),
);

/** How many passes before it goes off: what is passed often dies later as often as at once. */
const often = /^(gateway\.projection|journal|fact|sweep\.beat|work\.(mutation|sent|noted)|outbox)/;
export const countFor = ({ name }: Point, random: Random): number => random.whole(1, often.test(name) ? 4 : 2);
