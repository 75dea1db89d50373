import { exchanges, requestMessages, type RequestType } from '@dcm/contracts';
import { toMessage } from '@dcm/messaging';
import { canonicalJson, childTraceparent, sha256Hex, signRequester } from '@dcm/runtime';
import type { Principal } from '../auth/principal';

/** What is asked of approvals, by whom, for which tenant. */
export interface RequestDraft {
  readonly operationId: string;
  readonly type: RequestType;
  /** Guest secrets in it are sealed. */
  readonly data: unknown;
  readonly vmId: string;
  readonly tenantId: string;
  readonly principal: Principal;
  /** ISO 8601. */
  readonly at: string;
  /** W3C trace context of the HTTP request. */
  readonly traceparent: string | undefined;
}

/** A request as it goes out: its CloudEvent as text, and its key. */
export interface RequestMessage {
  readonly routingKey: string;
  readonly type: RequestType;
  readonly message: string;
}

/** Writes the request's CloudEvent with the requester that the installation's key vouches for. */
export function toRequestMessage(installationKey: string, draft: RequestDraft): RequestMessage {
  const { operationId, type, data, principal, tenantId } = draft;
  const { key: routingKey } = requestMessages[type];
  const dcmrequester = signRequester(installationKey, {
    principal: principal.name,
    tenantId,
    roles: [...principal.roles],
    requestId: operationId,
    payloadSha256: sha256Hex(canonicalJson(data)),
    issuedAt: draft.at,
  });
  const { body } = toMessage({
    exchange: exchanges.requests,
    routingKey,
    type,
    source: '/dcm/gateway',
    id: operationId,
    subject: draft.vmId,
    data,
    traceparent: childTraceparent(draft.traceparent),
    extensions: { dcmrequester },
  });
  return { routingKey, type, message: body.toString('utf8') };
}
