import {
  DcmError,
  operationIdSchema,
  tenantIdSchema,
  type OperationId,
  type Publisher,
  type TenantId,
} from '@dcm/contracts';
import { canonicalJson, operationIdOf, sha256Hex, verifyRequester } from '@dcm/runtime';

/** The part of a message that says who sent it. `userId` is the broker's word; the rest is the sender's. */
export interface SenderFacts {
  readonly id: string;
  readonly userId: string | undefined;
  /** The signed requester that a relay hands on. */
  readonly token: unknown;
  readonly data: unknown;
}

/** On whose behalf a request is carried out, and under which id. */
export interface Identity {
  readonly operationId: OperationId;
  readonly tenantId: TenantId;
  readonly requester: string;
  /** Whether guest secrets were sealed at the relay's door already. */
  readonly isRelayed: boolean;
}

const denied = (cause: string): DcmError => new DcmError('PERMISSION_DENIED', `Unable to accept the request: ${cause}`);

/**
 * A relay is believed because it signed; any other publisher because the broker knows it. Neither key nor body decide the tenant.
 * @throws DcmError UNAUTHENTICATED without a user, PERMISSION_DENIED for an unknown one, INVALID_REQUEST for a relayed id that is no operation's.
 */
export function identify(facts: SenderFacts, publisher: Publisher | undefined, installationKey: string): Identity {
  const { id, userId } = facts;
  if (userId === undefined || userId === '') {
    throw new DcmError(
      'UNAUTHENTICATED',
      'Unable to accept the request: it has no user; set the AMQP property user_id',
    );
  }
  if (publisher === undefined) throw denied(`broker user ${userId} is not a registered publisher`);
  if (publisher.relay && facts.token !== undefined) return relayed(facts, installationKey);
  if (publisher.tenantId === null) throw denied(`broker user ${userId} belongs to no tenant and names no requester`);
  const { tenantId } = publisher;
  return { operationId: operationIdOf(userId, id), tenantId, requester: userId, isRelayed: false };
}

function relayed({ id, token, data }: SenderFacts, installationKey: string): Identity {
  const requester = typeof token === 'string' ? verifyRequester(installationKey, token) : undefined;
  if (requester === undefined) throw denied('the signature of its requester is not valid');
  if (requester.requestId !== id) throw denied('its requester was signed for another request');
  if (requester.payloadSha256 !== sha256Hex(canonicalJson(data))) {
    throw denied('its requester was signed for another payload');
  }
  const operationId = operationIdSchema.safeParse(id);
  if (!operationId.success) {
    throw new DcmError('INVALID_REQUEST', 'Unable to accept the request: a relayed id must be the id of its operation');
  }
  const tenantId = tenantIdSchema.parse(requester.tenantId);
  return { operationId: operationId.data, tenantId, requester: requester.principal, isRelayed: true };
}
