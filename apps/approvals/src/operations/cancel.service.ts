import { Injectable } from '@nestjs/common';
import { DcmError, type Operation, type OperationId, type TenantId } from '@dcm/contracts';
import { failpoint } from '@dcm/runtime';
import { OperationRepository } from './operation.repository';
import { OperationsService } from './operations.service';
import { cancel } from './stop.policy';

/** Cancels operations on behalf of whoever asks. */
@Injectable()
export class CancelService {
  constructor(
    private readonly operations: OperationRepository,
    private readonly service: OperationsService,
  ) {}

  /**
   * @param tenantId null: of any tenant.
   * @returns the operation: ended, or about to stop.
   * @throws DcmError NOT_FOUND for an operation that is not known in the tenant, CONFLICT when it has ended otherwise.
   */
  async cancel(id: OperationId, tenantId: TenantId | null, by: string): Promise<Operation> {
    const doc = (await this.operations.find(id))?.doc;
    if (doc === undefined || (tenantId !== null && doc.tenantId !== tenantId)) {
      throw new DcmError('NOT_FOUND', `Unable to cancel operation ${id}: there is no such operation in this tenant`);
    }
    if (doc.state === 'cancelled') return doc;
    if (doc.done || doc.vmId === null) {
      throw new DcmError('CONFLICT', `Unable to cancel operation ${id}: it is ${doc.state} already`);
    }
    const cancelled = await this.service.change({ vmId: doc.vmId, operationId: id }, (change) => {
      cancel(change, id, by);
      return change.operation(id).doc;
    });
    failpoint('cancel.committed');
    return cancelled;
  }
}
