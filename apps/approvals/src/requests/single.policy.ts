import {
  guestSecretsOf,
  memberNameOf,
  replaceGuestSecrets,
  type CreateVm,
  type DcmErrorBody,
  type MemberSecrets,
} from '@dcm/contracts';
import { isSealed, memberIdOf } from '@dcm/runtime';
import type { CreateOrder } from './create.policy';

/** How many VMs a request is for. */
export const countOf = ({ count = 1 }: Pick<CreateVm, 'count'>): number => count;

/** The names of the VMs that a request is for. */
export const memberNamesOf = (body: Pick<CreateVm, 'name' | 'count'>): string[] =>
  countOf(body) === 1
    ? [body.name]
    : Array.from({ length: countOf(body) }, (_, position) => memberNameOf(body.name, position + 1));

/** The guest with the secrets that were sealed for another VM. */
function guestFor(guest: CreateVm['guest'], secrets: MemberSecrets | undefined): CreateVm['guest'] {
  if (secrets === undefined) return guest;
  const given = new Map(guestSecretsOf(secrets).map(({ pointer, secret }) => [pointer, secret]));
  return replaceGuestSecrets(guest, ({ pointer, secret }) => given.get(pointer) ?? secret);
}

/**
 * The requests for one VM that a request is: the first bears its id, the others ids that follow from it, so that the same request again is the
 * same for all. A request for one is itself.
 */
export function singlesOf(order: CreateOrder): CreateOrder[] {
  const { memberSecrets, ...asked } = order;
  const body = { ...asked.body };
  delete body.count;
  const count = countOf(order.body);
  if (count === 1) return [{ ...asked, body }];
  return memberNamesOf(order.body).map((name, position): CreateOrder => {
    const index = position + 1;
    const guest = index === 1 ? body.guest : guestFor(body.guest, memberSecrets?.[index - 2]);
    return {
      ...asked,
      id: memberIdOf(asked.id, index),
      batch: { id: asked.id, index, count },
      body: { ...body, name, guest },
    };
  });
}

const pointersOf = (guest: Parameters<typeof guestSecretsOf>[0]): string =>
  guestSecretsOf(guest)
    .map(({ pointer }) => pointer)
    .join();

/** What is wrong with the secrets of a request for several: a relay seals each of them for each VM, and nobody else seals. */
export function secretsFaultOf({ body, memberSecrets, isRelayed }: CreateOrder): DcmErrorBody | null {
  const isOpen = !isRelayed || !guestSecretsOf(body.guest).some(({ secret }) => isSealed(secret));
  const isWhole =
    memberSecrets?.every((secrets) => pointersOf(secrets) === pointersOf(body.guest)) ?? countOf(body) === 1;
  if (isOpen ? memberSecrets === undefined : isWhole) return null;
  const message = isOpen
    ? 'is for relays, which seal secrets'
    : "must hold each of the guest's secrets, sealed for each VM";
  const details = [{ pointer: '/memberSecrets', message }];
  return { code: 'INVALID_REQUEST', message: `Unable to accept the request: /memberSecrets ${message}`, details };
}
