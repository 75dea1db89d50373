import { Inject, Injectable } from '@nestjs/common';
import type { Resubmit } from '@dcm/contracts';
import { qualifiedName } from '../auth/principal';
import type { GatewayConfig } from '../gateway.config';
import { CONFIG } from '../parts';
import { identify, payloadHashOf } from '../requests/idempotency.policy';
import { RequestsService, type Accepted } from '../requests/requests.service';
import type { Caller } from '../vms/caller';
import { AskedRequestsService } from './asked-requests.service';

/**
 * Asks once more for what an operation ended without: failed, rejected, cancelled or expired. The new operation is the caller's, says
 * `resubmits`, and is judged anew by policies, quota and catalogue; the old one stays as it is. A create makes a new VM under the same name;
 * any other kind is about the same VM, if it is still there.
 */
@Injectable()
export class ResubmitsService {
  constructor(
    private readonly requests: RequestsService,
    private readonly asked: AskedRequestsService,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  /**
   * @throws DcmError NOT_FOUND for an operation, or its VM, that is not there for the caller; CONFLICT for an operation that succeeded, has
   * not ended, or was asked for by nobody; INVALID_REQUEST naming each guest secret that is missing or too many; UNAVAILABLE;
   * IDEMPOTENCY_KEY_REUSED; what the same request throws the first time.
   */
  resubmit(caller: Caller, operationId: string, body: Resubmit): Promise<Accepted> {
    const identity = identify(qualifiedName(caller.principal), caller.idempotencyKey);
    return this.requests.submit({
      identity,
      payloadHash: payloadHashOf(this.config.DCM_INSTALLATION_KEY, { type: 'resubmit', operationId, body }),
      prepare: () => this.asked.again({ caller, identity }, operationId, body),
    });
  }
}
