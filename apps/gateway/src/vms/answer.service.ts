import { Injectable } from '@nestjs/common';
import type { CreatedVm, Operation } from '@dcm/contracts';
import { scopeOf, type Scope } from '../auth/principal';
import { etagOf } from '../http/precondition.policy';
import { waitSecondsOf } from '../http/preference.policy';
import { OperationWaitService } from '../operations/operation-wait.service';
import type { Accepted } from '../requests/requests.service';
import { ResourceService } from '../resources/resource.service';
import type { CommandCall } from './caller';

/** Answers commands that were accepted. */
@Injectable()
export class AnswerService {
  constructor(
    private readonly resources: ResourceService,
    private readonly waits: OperationWaitService,
  ) {}

  /**
   * 202 with where to look; or, for a caller that prefers to wait and whose operation (all of them, of a request for several VMs) ends in time,
   * 200 with the VM as it then is.
   */
  async answer(call: CommandCall, accepted: Accepted): Promise<CreatedVm> {
    const isEnded = await this.follow(call, accepted);
    const { batch } = accepted.vm;
    const vm = isEnded ? await this.resources.get(scopeOf(call.principal), 'vm', accepted.vm.id) : accepted.vm;
    void call.reply.header('etag', etagOf(vm));
    return batch === undefined ? vm : { ...vm, batch };
  }

  /** As `answer`, with the operation as it is now instead of the VM. */
  async answerWithOperation(call: CommandCall, accepted: Accepted): Promise<Operation> {
    await this.follow(call, accepted);
    const operation = await this.resources.get(scopeOf(call.principal), 'operation', accepted.operationId);
    void call.reply.header('etag', etagOf(operation));
    return operation;
  }

  /** @returns whether the operation ended while the caller preferred to wait. */
  private async follow(call: CommandCall, accepted: Accepted): Promise<boolean> {
    const { reply, request, principal } = call;
    void reply.headers({
      location: `/v1/vms/${accepted.vm.id}`,
      'operation-location': `/v1/operations/${accepted.operationId}`,
      ...(accepted.isReplay && { 'idempotency-replayed': 'true' }),
    });
    const waitSeconds = waitSecondsOf(request.headers['prefer']);
    if (waitSeconds !== undefined) {
      void reply.header('preference-applied', `wait=${waitSeconds}`);
      if (await this.areFinal(scopeOf(principal), accepted, waitSeconds * 1000)) {
        void reply.status(200);
        return true;
      }
    }
    void reply.header('retry-after', '1');
    return false;
  }

  private async areFinal(scope: Scope, { operationId, vm }: Accepted, timeoutMs: number): Promise<boolean> {
    const ids = vm.batch?.operations.map(({ id }) => id) ?? [operationId];
    const ends = await Promise.all(ids.map((id) => this.waits.untilFinal(scope, id, timeoutMs)));
    return ends.every(Boolean);
  }
}
