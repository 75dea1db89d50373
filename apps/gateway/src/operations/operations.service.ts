import { Injectable } from '@nestjs/common';
import { DcmError, type Operation } from '@dcm/contracts';
import { scopeOf, type Principal } from '../auth/principal';
import { DirectoryService } from '../directory/directory.service';
import { ResourceService } from '../resources/resource.service';

/** Cancels operations. */
@Injectable()
export class OperationsService {
  constructor(
    private readonly resources: ResourceService,
    private readonly directory: DirectoryService,
  ) {}

  /** @throws DcmError NOT_FOUND; CONFLICT as approvals answers; UNAVAILABLE while approvals has not taken the operation yet. */
  async cancel(principal: Principal, id: string): Promise<Operation> {
    const known = await this.resources.get(scopeOf(principal), 'operation', id);
    try {
      return await this.directory.change(principal, 'admin.operation.cancel', { operationId: id });
    } catch (cause) {
      const isOnItsWay = cause instanceof DcmError && cause.code === 'NOT_FOUND' && known.seq === 0;
      if (!isOnItsWay) throw cause;
      throw new DcmError('UNAVAILABLE', `Unable to cancel operation ${id}: it is still being handed over`, {
        cause,
        retryAfterMs: 1_000,
      });
    }
  }
}
