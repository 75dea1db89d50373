import { createHmac } from 'node:crypto';
import {
  DcmError,
  operationKinds,
  parseOrThrow,
  requestMessages,
  requestTypeOf,
  type CreateVm,
  type MemberSecrets,
  type OperationKind,
  type PowerAction,
  type RequestType,
  type ResizeVm,
} from '@dcm/contracts';
import type { OperationId, VmId } from '@dcm/contracts';
import { canonicalJson } from '@dcm/runtime';
import type { SnapshotWish } from './snapshot.policy';
import { assertStorable } from './storable.policy';

/** Of a request that repeats another one: the operation that ended without. */
interface Again {
  readonly resubmits?: OperationId | undefined;
}

/** Which VM is to be changed, and the sequence number that it must still be at. */
interface OfVm extends Again {
  readonly vmId: VmId;
  readonly expectedSeq?: number | undefined;
}

/** What a request asks for, validated. */
export type Wish =
  | ({
      readonly kind: 'vm.create';
      readonly body: CreateVm;
      readonly memberSecrets?: readonly MemberSecrets[] | undefined;
    } & Again)
  | ({ readonly kind: 'vm.power'; readonly power: PowerAction } & OfVm)
  | ({ readonly kind: 'vm.resize'; readonly resize: ResizeVm } & OfVm)
  | ({ readonly kind: 'vm.snapshot'; readonly snapshot: SnapshotWish } & OfVm)
  | ({ readonly kind: 'vm.delete' } & OfVm)
  | { readonly kind: 'operation.cancel'; readonly operationId: OperationId }
  | Unreadable;

/** A request of a known kind that breaks its schema: a relay's caller waits for its end, whatever it says. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly operationKind: OperationKind;
  readonly data: unknown;
  readonly cause: DcmError;
}

/** The part of a message that says what is wanted. */
export interface RequestMessage {
  readonly type: string | undefined;
  readonly routingKey: string;
  readonly data: unknown;
}

type Reader = (data: unknown) => Wish;

const readers: Readonly<Record<RequestType, Reader>> = {
  'io.dcm.vm.create.v1': (data) => {
    const read = parseOrThrow(requestMessages['io.dcm.vm.create.v1'].data, data, 'VM request');
    const { resubmits, memberSecrets, ...body } = read;
    return { kind: 'vm.create', resubmits, memberSecrets, body };
  },
  'io.dcm.vm.power.v1': (data) => ({
    kind: 'vm.power',
    ...parseOrThrow(requestMessages['io.dcm.vm.power.v1'].data, data, 'power request'),
  }),
  'io.dcm.vm.resize.v1': (data) => {
    const read = parseOrThrow(requestMessages['io.dcm.vm.resize.v1'].data, data, 'resize request');
    const { vmId, expectedSeq, resubmits, ...resize } = read;
    return { kind: 'vm.resize', vmId, expectedSeq, resubmits, resize };
  },
  'io.dcm.vm.snapshot.create.v1': (data) => {
    const read = parseOrThrow(requestMessages['io.dcm.vm.snapshot.create.v1'].data, data, 'snapshot request');
    const { vmId, expectedSeq, resubmits, ...body } = read;
    return { kind: 'vm.snapshot', vmId, expectedSeq, resubmits, snapshot: { action: 'create', ...body } };
  },
  'io.dcm.vm.snapshot.revert.v1': (data) => {
    const read = parseOrThrow(requestMessages['io.dcm.vm.snapshot.revert.v1'].data, data, 'revert request');
    const { snapshotId, ...ofVm } = read;
    return { kind: 'vm.snapshot', ...ofVm, snapshot: { action: 'revert', snapshotId } };
  },
  'io.dcm.vm.snapshot.remove.v1': (data) => {
    const read = parseOrThrow(requestMessages['io.dcm.vm.snapshot.remove.v1'].data, data, 'removal request');
    const { snapshotId, ...ofVm } = read;
    return { kind: 'vm.snapshot', ...ofVm, snapshot: { action: 'remove', snapshotId } };
  },
  'io.dcm.vm.delete.v1': (data) => ({
    kind: 'vm.delete',
    ...parseOrThrow(requestMessages['io.dcm.vm.delete.v1'].data, data, 'delete request'),
  }),
  'io.dcm.operation.cancel.v1': (data) => ({
    kind: 'operation.cancel',
    ...parseOrThrow(requestMessages['io.dcm.operation.cancel.v1'].data, data, 'cancel request'),
  }),
};

/**
 * Reads a request: strict, because it is a door.
 * @throws DcmError INVALID_REQUEST with a pointer to each broken place.
 */
export function wishOf({ type, routingKey, data }: RequestMessage): Wish {
  assertStorable(data);
  const known = requestTypeOf(type, routingKey);
  if (known !== undefined) return readers[known](data);
  throw new DcmError('INVALID_REQUEST', `Unable to accept the request: type ${type ?? routingKey} is not known`, {
    details: [{ pointer: '/type', message: 'must be the type of a request' }],
  });
}

/** As `wishOf`, but keeps what breaks the schema of its kind of operation. @throws DcmError INVALID_REQUEST for any other kind. */
export function readWish(message: RequestMessage): Wish {
  try {
    return wishOf(message);
  } catch (error) {
    const known = requestTypeOf(message.type, message.routingKey);
    const operationKind = operationKinds.find((kind) => known !== undefined && kind === requestMessages[known].key);
    if (operationKind === undefined || !(error instanceof DcmError)) throw error;
    return { kind: 'unreadable', operationKind, data: message.data, cause: error };
  }
}

/**
 * What a repeated request is compared by: what it asks for, defaults filled in, however its keys were ordered. Keyed with the
 * installation's key: a publisher's password may be part of it, and a plain hash would let one guess it.
 */
export const payloadHashOf = (wish: Wish, key: string): string =>
  createHmac('sha256', key)
    .update('dcm.request.v1\n')
    .update(canonicalJson(wish.kind === 'unreadable' ? { ...wish, cause: undefined } : wish))
    .digest('hex');
