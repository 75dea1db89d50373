import { Injectable } from '@nestjs/common';
import type { Vm } from '@dcm/contracts';
import { scopeOf } from '../auth/principal';
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

  /** 202 with where to look; or, for a caller that prefers to wait and whose operation ends in time, 200 with the VM as it then is. */
  async answer(call: CommandCall, accepted: Accepted): Promise<Vm> {
    const { reply, request } = call;
    void reply.headers({
      location: `/v1/vms/${accepted.vm.id}`,
      'operation-location': `/v1/operations/${accepted.operationId}`,
      ...(accepted.isReplay && { 'idempotency-replayed': 'true' }),
    });
    const waitSeconds = waitSecondsOf(request.headers['prefer']);
    const vm = waitSeconds === undefined ? undefined : await this.wait(call, accepted, waitSeconds);
    if (vm === undefined) void reply.header('retry-after', '1');
    const shown = vm ?? accepted.vm;
    void reply.header('etag', etagOf(shown));
    return shown;
  }

  private async wait({ principal, reply }: CommandCall, accepted: Accepted, seconds: number): Promise<Vm | undefined> {
    const scope = scopeOf(principal);
    void reply.header('preference-applied', `wait=${seconds}`);
    if (!(await this.waits.untilFinal(scope, accepted.operationId, seconds * 1000))) return undefined;
    void reply.status(200);
    return this.resources.get(scope, 'vm', accepted.vm.id);
  }
}
