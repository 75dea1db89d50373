import type { OperationKind, Vm } from '@dcm/contracts';
import { qualifiedName } from '../auth/principal';
import { foretellOperation, type Foretelling } from '../requests/foretold.mapper';
import { toRequestMessage } from '../requests/request.mapper';
import type { PreparedRequest } from '../requests/requests.service';
import { rowOfDoc } from '../resources/resource.mapper';
import type { Caller } from './caller';

/** What goes to approvals, and what is shown meanwhile. */
export interface Command {
  readonly kind: OperationKind;
  /** Guest secrets in it are sealed. */
  readonly data: unknown;
  readonly answer: Vm;
  readonly isNewVm: boolean;
}

/** The type of the message that asks for a kind of operation. */
export const requestTypeOfKind = <K extends OperationKind>(kind: K): `io.dcm.${K}.v1` => `io.dcm.${kind}.v1`;

/** Writes a command as the request that is kept, published and shown. */
export function toRequest(
  installationKey: string,
  { principal, traceparent }: Caller,
  told: Foretelling,
  command: Command,
): PreparedRequest {
  const { kind, data, answer, isNewVm } = command;
  const { operationId, vmId, at } = told;
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
    answer,
    foretold: [rowOfDoc('operation', operation), ...(isNewVm ? [rowOfDoc('vm', answer)] : [])],
  };
}
