import type { Batch, OperationId, OperationKind, Vm } from '@dcm/contracts';
import { qualifiedName } from '../auth/principal';
import { foretellOperation, type Foretelling } from '../requests/foretold.mapper';
import type { RequestIdentity } from '../requests/idempotency.policy';
import { toRequestMessage } from '../requests/request.mapper';
import type { PreparedRequest } from '../requests/requests.service';
import { rowOfDoc } from '../resources/resource.mapper';
import type { Caller } from './caller';

/** What goes to approvals, and what is shown meanwhile. */
export interface Command {
  readonly kind: OperationKind;
  /** Guest secrets in it are sealed. */
  readonly data: object;
  readonly answer: Vm;
  readonly isNewVm: boolean;
  /** Of a request for several VMs: all of them, and those after the first. */
  readonly several?: { readonly batch: Batch; readonly others: readonly ForetoldVm[] };
}

/** A VM that is shown before approvals has spoken, and of what its operation is made. */
export interface ForetoldVm {
  readonly vm: Vm;
  readonly told: Foretelling;
}

/** The type of the message that asks for a kind of operation. */
export const requestTypeOfKind = <K extends OperationKind>(kind: K): `io.dcm.${K}.v1` => `io.dcm.${kind}.v1`;

/** Who a request comes from and which operation it begins; `resubmits`: the one whose request it repeats. */
export interface Asking {
  readonly caller: Caller;
  readonly identity: RequestIdentity;
  readonly resubmits?: OperationId;
}

/** Writes a command as the request that is kept, published and shown. */
export function toRequest(
  installationKey: string,
  { principal, traceparent }: Caller,
  told: Foretelling,
  command: Command,
): PreparedRequest {
  const { kind, answer, isNewVm, several } = command;
  const { operationId, vmId, at, resubmits } = told;
  const data = resubmits === undefined ? command.data : { ...command.data, resubmits };
  const { tenantId } = answer;
  const type = requestTypeOfKind(kind);
  const draft = { operationId, type, data, vmId, tenantId, principal, at, traceparent };
  const operation = foretellOperation(kind, answer, told);
  return {
    ...toRequestMessage(installationKey, draft),
    principal: qualifiedName(principal),
    tenantId,
    vmId,
    kind,
    answer: several === undefined ? answer : { ...answer, batch: several.batch },
    foretold: [
      rowOfDoc('operation', operation),
      ...(isNewVm ? [rowOfDoc('vm', answer)] : []),
      ...(several?.others ?? []).flatMap((other) => [
        rowOfDoc('operation', foretellOperation(kind, other.vm, other.told)),
        rowOfDoc('vm', other.vm),
      ]),
    ],
  };
}
