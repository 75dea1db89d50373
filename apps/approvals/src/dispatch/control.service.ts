import { Injectable } from '@nestjs/common';
import { DcmError, type Claim, type ClaimVerdict, type OperationId, type VmId } from '@dcm/contracts';
import { failpoint } from '@dcm/runtime';
import { Batch, type Outcome } from '../database/batch';
import { OperationRepository } from '../operations/operation.repository';
import { OperationsService } from '../operations/operations.service';
import { claim, drop, type ControlVerb } from './claim.policy';
import { LeaseRepository } from './lease.repository';

const mostAtOnce = 64;

/** Says to a worker whether it may act: go, stop or drop. */
@Injectable()
export class ControlService {
  private readonly vmIds = new Batch<OperationId, VmId | undefined>((ids) => this.vmIdsOf(ids), { size: mostAtOnce });

  constructor(
    private readonly operations: OperationRepository,
    private readonly service: OperationsService,
    private readonly leases: LeaseRepository,
  ) {}

  /** @throws DcmError PERMISSION_DENIED for anybody but the site's publisher. */
  claim(request: Claim, userId: string | undefined): Promise<ClaimVerdict> {
    return this.decide(request, userId, 'claim');
  }

  /** @throws as `claim`. */
  async renew(request: Claim, userId: string | undefined): Promise<ClaimVerdict> {
    const isRenewed = userId !== undefined && (await this.leases.renew(request, userId));
    if (isRenewed) failpoint('lease.renewed');
    return isRenewed ? { verdict: 'go', leaseMs: this.leases.leaseMs } : this.decide(request, userId, 'renew');
  }

  private async decide(request: Claim, userId: string | undefined, verb: ControlVerb): Promise<ClaimVerdict> {
    const unknown = drop('the operation is not known');
    let verdict = unknown;
    const vmId = request.instanceId ?? (await this.vmIds.add(request.operationId));
    if (vmId === undefined) return unknown;
    const isKnown = await this.service.changeIfKnown({ vmId, operationId: request.operationId }, (change) => {
      const { name, publisher } = change.site;
      if (name !== request.site || publisher !== userId) throw disbelief(request, userId);
      failpoint('claim.before');
      verdict = claim(change, request, verb);
    });
    failpoint('claim.committed');
    return isKnown ? verdict : unknown;
  }

  private async vmIdsOf(ids: readonly OperationId[]): Promise<Outcome<VmId | undefined>[]> {
    const vmIds = await this.operations.vmIdsOf(ids);
    return ids.map((id) => ({ value: vmIds.get(id) }));
  }
}

const disbelief = ({ site }: Claim, userId: string | undefined): DcmError =>
  new DcmError(
    'PERMISSION_DENIED',
    `Unable to let ${userId ?? 'a nameless publisher'} act on site ${site}: it does not speak for it`,
  );
