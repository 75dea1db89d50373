import {
  DcmError,
  parseOrThrow,
  requestMessages,
  requestTypeOf,
  type CreateVm,
  type PowerAction,
} from '@dcm/contracts';
import type { OperationId, VmId } from '@dcm/contracts';
import { canonicalJson, sha256Hex } from '@dcm/runtime';
import { assertStorable } from './storable.policy';

/** Which VM is to be changed, and the sequence number that it must still be at. */
interface OfVm {
  readonly vmId: VmId;
  readonly expectedSeq?: number | undefined;
}

/** What a request asks for, validated. */
export type Wish =
  | { readonly kind: 'vm.create'; readonly body: CreateVm }
  | ({ readonly kind: 'vm.power'; readonly power: PowerAction } & OfVm)
  | ({ readonly kind: 'vm.delete' } & OfVm)
  | { readonly kind: 'operation.cancel'; readonly operationId: OperationId };

/** The part of a message that says what is wanted. */
export interface RequestMessage {
  readonly type: string | undefined;
  readonly routingKey: string;
  readonly data: unknown;
}

/**
 * Reads a request: strict, because it is a door.
 * @throws DcmError INVALID_REQUEST with a pointer to each broken place.
 */
export function wishOf({ type, routingKey, data }: RequestMessage): Wish {
  assertStorable(data);
  const known = requestTypeOf(type, routingKey);
  switch (known) {
    case 'io.dcm.vm.create.v1':
      return { kind: 'vm.create', body: parseOrThrow(requestMessages[known].data, data, 'VM request') };
    case 'io.dcm.vm.power.v1':
      return { kind: 'vm.power', ...parseOrThrow(requestMessages[known].data, data, 'power request') };
    case 'io.dcm.vm.delete.v1':
      return { kind: 'vm.delete', ...parseOrThrow(requestMessages[known].data, data, 'delete request') };
    case 'io.dcm.operation.cancel.v1':
      return { kind: 'operation.cancel', ...parseOrThrow(requestMessages[known].data, data, 'cancel request') };
    case 'io.dcm.vm.resize.v1':
    case 'io.dcm.vm.snapshot.create.v1':
    case 'io.dcm.vm.snapshot.revert.v1':
    case 'io.dcm.vm.snapshot.remove.v1':
    case undefined:
      throw new DcmError('INVALID_REQUEST', `Unable to accept the request: type ${type ?? routingKey} is not known`, {
        details: [{ pointer: '/type', message: 'must be the type of a request' }],
      });
  }
}

/** What a repeated request is compared by: what it asks for, defaults filled in, however its keys were ordered. */
export const payloadHashOf = (wish: Wish): string => sha256Hex(canonicalJson(wish));
