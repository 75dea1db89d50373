import type { LossFeature } from '../domain/loss';
import type { VmSpec } from './vm';

/** Something that a request tells the guest, and where it stands in the request. */
export interface GuestWish {
  readonly feature: LossFeature;
  readonly pointer: string;
  /** As sentences begin with it. */
  readonly what: string;
}

/** All that a request tells the guest: what somebody in the guest has to listen for. */
export function guestWishes({ guest, networks }: Pick<VmSpec, 'guest' | 'networks'>): GuestWish[] {
  const { hostname, sshKeys, userData, adminPassword = null, domain } = guest;
  const wishes: [boolean, LossFeature, string, string][] = [
    [hostname !== null, 'hostname', '/guest/hostname', 'The host name'],
    [sshKeys.length > 0, 'ssh-keys', '/guest/sshKeys', 'The list of SSH keys'],
    [userData !== null, 'user-data', '/guest/userData', 'User data'],
    [adminPassword !== null, 'admin-password', '/guest/adminPassword', "The administrator's password"],
    [domain !== undefined, 'domain-join', '/guest/domain', 'The domain to join'],
    ...networks.map(({ address }, index): [boolean, LossFeature, string, string] => [
      address !== undefined,
      'static-address',
      `/networks/${index}/address`,
      `The static address of network ${index + 1}`,
    ]),
  ];
  return wishes.flatMap(([isAsked, feature, pointer, what]) => (isAsked ? [{ feature, pointer, what }] : []));
}
