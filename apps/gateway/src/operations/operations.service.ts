import { Injectable } from '@nestjs/common';
import type { Operation } from '@dcm/contracts';
import { scopeOf, type Principal } from '../auth/principal';
import { DirectoryService } from '../directory/directory.service';
import { ResourceService } from '../resources/resource.service';
import { whileHandedOver } from './handover.policy';

const calls = { cancel: 'admin.operation.cancel', retry: 'admin.operation.retry' } as const;

/** Steers operations that have not ended. */
@Injectable()
export class OperationsService {
  constructor(
    private readonly resources: ResourceService,
    private readonly directory: DirectoryService,
  ) {}

  /** @throws DcmError NOT_FOUND; CONFLICT as approvals answers; UNAVAILABLE while approvals has not taken the operation yet. */
  cancel(principal: Principal, id: string): Promise<Operation> {
    return this.steer(principal, 'cancel', id);
  }

  /** Ends the wait of an operation for its next attempt. @throws DcmError as `cancel`. */
  retry(principal: Principal, id: string): Promise<Operation> {
    return this.steer(principal, 'retry', id);
  }

  private async steer(principal: Principal, what: keyof typeof calls, id: string): Promise<Operation> {
    const known = await this.resources.get(scopeOf(principal), 'operation', id);
    return whileHandedOver(what, known, () => this.directory.change(principal, calls[what], { operationId: known.id }));
  }
}
