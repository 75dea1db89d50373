import { Controller } from '@nestjs/common';
import type { Operation, RouteOutput } from '@dcm/contracts';
import { scopeOf } from '../auth/principal';
import { Endpoint, Input, type Call } from '../http/endpoint';
import { etagOf } from '../http/precondition.policy';
import { ResourceService } from '../resources/resource.service';
import { AnswerService } from '../vms/answer.service';
import { callerOf } from '../vms/caller';
import { OperationsService } from './operations.service';
import { ResubmitsService } from './resubmits.service';

/** `/v1/operations` */
@Controller()
export class OperationsController {
  constructor(
    private readonly resources: ResourceService,
    private readonly operations: OperationsService,
    private readonly resubmits: ResubmitsService,
    private readonly answers: AnswerService,
  ) {}

  @Endpoint('listOperations')
  list(@Input() { principal, query }: Call<'listOperations'>): Promise<RouteOutput<'listOperations'>> {
    const { vmId, batchId, state } = query;
    return this.resources.list(scopeOf(principal), 'operation', query, { vmId, batchId, state });
  }

  @Endpoint('getOperation')
  async get(@Input() { principal, params, reply }: Call<'getOperation'>): Promise<Operation> {
    const operation = await this.resources.get(scopeOf(principal), 'operation', params.id);
    void reply.header('etag', etagOf(operation));
    if (!operation.done) void reply.header('retry-after', '1');
    return operation;
  }

  @Endpoint('cancelOperation')
  cancel(@Input() { principal, params }: Call<'cancelOperation'>): Promise<Operation> {
    return this.operations.cancel(principal, params.id);
  }

  @Endpoint('retryOperation')
  retry(@Input() { principal, params }: Call<'retryOperation'>): Promise<Operation> {
    return this.operations.retry(principal, params.id);
  }

  /** `If-Match` says nothing here: it would be about the VM, and the address is an operation's. */
  @Endpoint('resubmitOperation')
  async resubmit(@Input() call: Call<'resubmitOperation'>): Promise<Operation> {
    const caller = { ...callerOf(call), ifMatch: undefined };
    const accepted = await this.resubmits.resubmit(caller, call.params.id, call.body);
    return this.answers.answerWithOperation(call, accepted);
  }
}
