import {
  DcmError,
  endedWithout,
  guestSecretsOf,
  replaceGuestSecrets,
  type AskedRequest,
  type CreateVm,
  type DcmErrorBody,
  type Operation,
  type OperationId,
  type OperationState,
  type VmId,
} from '@dcm/contracts';
import type { OperationOrder } from '../operations/begin.mapper';
import type { CreateOrder } from './create.policy';
import type { ChangeOrder } from './order.policy';
import type { SnapshotWish } from './snapshot.policy';

/** What is kept of a request, so that it can be asked once more. */
export type Asked = Pick<AskedRequest, 'data' | 'secrets'>;

const withoutNulls = (fields: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

/** The guest as its request had it, but for its secrets: those are erased when the operation ends, so they are not kept here either. */
function openGuestOf(guest: CreateVm['guest']): Record<string, unknown> {
  const { domain, ...open } = replaceGuestSecrets(guest, () => null);
  return { ...withoutNulls(open), ...(domain !== undefined && { domain: withoutNulls(domain) }) };
}

/** What a create said. A sealed secret is left out too: it opens for its first VM only. */
export function askedOfCreate({ body: { clientToken: _key, guest, ...open } }: Pick<CreateOrder, 'body'>): Asked {
  const secrets = guestSecretsOf(guest).map(({ pointer }) => pointer);
  return { data: { ...open, guest: openGuestOf(guest) }, secrets };
}

/** What a change of a VM said, but for the state of the VM that it was asked of: that has passed. */
export function askedOfChange(vmId: VmId, { power, resize, snapshot }: ChangeOrder): Asked {
  const data = { vmId, ...(power !== undefined && { power }), ...resize, ...(snapshot && withoutAction(snapshot)) };
  return { data, secrets: [] };
}

/** The kind of the request says the action. */
const withoutAction = ({ action: _inKind, ...wish }: SnapshotWish): object => wish;

/** The operation whose request is to be repeated, as far as that matters. */
export interface Earlier {
  readonly kind: Operation['kind'];
  readonly tenantId: string;
  readonly vmId: VmId | null;
  readonly state: OperationState;
}

const isEndedWithout = (state: OperationState): boolean => (endedWithout as readonly string[]).includes(state);

const hindranceOf = (state: OperationState): string =>
  state === 'succeeded' ? 'it succeeded' : `it is ${state} and may still succeed`;

/** @throws DcmError CONFLICT for an operation that succeeded or has not ended, and for one whose request is not kept: DCM asked itself, could not read it, or took it in before it kept requests. */
export function resubmittable({ id, kind, state }: Operation, asked: Asked | undefined): AskedRequest {
  const unable = (cause: string): DcmError => new DcmError('CONFLICT', `Unable to resubmit operation ${id}: ${cause}`);
  if (!isEndedWithout(state)) throw unable(hindranceOf(state));
  if (asked === undefined) throw unable('its request is not kept');
  return { kind, ...asked };
}

/** Why a request does not repeat the one that it says it does; null: it does, or it says nothing of the kind. */
export function refusalOfResubmit(
  { resubmits, tenantId, kind }: OperationOrder,
  earlier: ReadonlyMap<OperationId, Earlier>,
  vmId?: VmId,
): DcmErrorBody | null {
  if (resubmits === undefined) return null;
  const one = earlier.get(resubmits);
  const refusal = (code: 'NOT_FOUND' | 'CONFLICT', cause: string): DcmErrorBody => ({
    code,
    message: `Unable to resubmit operation ${resubmits}: ${cause}`,
    details: [{ pointer: '/resubmits', message: cause }],
  });
  if (one?.tenantId !== tenantId) return refusal('NOT_FOUND', 'there is no such operation in this tenant');
  if (!isEndedWithout(one.state)) return refusal('CONFLICT', hindranceOf(one.state));
  const isSame = one.kind === kind && (vmId === undefined || one.vmId === null || one.vmId === vmId);
  return isSame ? null : refusal('CONFLICT', 'it asked for something else');
}
