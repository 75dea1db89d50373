import type { Principal } from '../auth/principal';
import type { Call } from '../http/endpoint';

/** The calls that become requests to approvals. */
type CommandName =
  | 'createVm'
  | 'powerVm'
  | 'resizeVm'
  | 'deleteVm'
  | 'createSnapshot'
  | 'revertSnapshot'
  | 'removeSnapshot'
  | 'resubmitOperation';
export type CommandCall = { [N in CommandName]: Call<N> }[CommandName];

/** Who sends a command, and the headers that bear on it. */
export interface Caller {
  readonly principal: Principal;
  readonly idempotencyKey: unknown;
  readonly ifMatch: string | undefined;
  readonly traceparent: string | undefined;
}

const textOf = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined;

export const callerOf = ({ principal, request: { headers } }: CommandCall): Caller => ({
  principal,
  idempotencyKey: headers['idempotency-key'],
  ifMatch: headers['if-match'],
  traceparent: textOf(headers['traceparent']),
});
