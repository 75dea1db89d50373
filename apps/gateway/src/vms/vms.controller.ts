import { Controller } from '@nestjs/common';
import type { RouteOutput, Vm } from '@dcm/contracts';
import { scopeOf } from '../auth/principal';
import { Endpoint, Input, type Call } from '../http/endpoint';
import { etagOf } from '../http/precondition.policy';
import { waitSecondsOf } from '../http/preference.policy';
import { OperationWaitService } from '../operations/operation-wait.service';
import type { Accepted } from '../requests/requests.service';
import { ResourceService } from '../resources/resource.service';
import { VmsService, type Caller } from './vms.service';

type CommandCall = Call<'createVm'> | Call<'powerVm'> | Call<'deleteVm'>;

const textOf = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined;

const callerOf = ({ principal, request: { headers } }: CommandCall): Caller => ({
  principal,
  idempotencyKey: headers['idempotency-key'],
  ifMatch: headers['if-match'],
  traceparent: textOf(headers['traceparent']),
});

/** `/v1/vms` */
@Controller()
export class VmsController {
  constructor(
    private readonly vms: VmsService,
    private readonly resources: ResourceService,
    private readonly waits: OperationWaitService,
  ) {}

  @Endpoint('createVm')
  async create(@Input() call: Call<'createVm'>): Promise<Vm> {
    return this.answer(call, await this.vms.create(callerOf(call), call.body));
  }

  @Endpoint('powerVm')
  async power(@Input() call: Call<'powerVm'>): Promise<Vm> {
    return this.answer(call, await this.vms.power(callerOf(call), call.params.id, call.body));
  }

  @Endpoint('deleteVm')
  async delete(@Input() call: Call<'deleteVm'>): Promise<Vm> {
    return this.answer(call, await this.vms.delete(callerOf(call), call.params.id));
  }

  @Endpoint('getVm')
  async get(@Input() { principal, params, reply }: Call<'getVm'>): Promise<Vm> {
    const vm = await this.resources.get(scopeOf(principal), 'vm', params.id);
    void reply.header('etag', etagOf(vm));
    return vm;
  }

  /** Deleted VMs are shown only to whoever asks for that lifecycle. */
  @Endpoint('listVms')
  list(@Input() { principal, query }: Call<'listVms'>): Promise<RouteOutput<'listVms'>> {
    const { projectId, name, lifecycle } = query;
    const filter = {
      projectId,
      name,
      ...(lifecycle === undefined ? { exceptState: 'deleted' } : { state: lifecycle }),
    };
    return this.resources.list(scopeOf(principal), 'vm', query, filter);
  }

  /** 202 with where to look; or, for a caller that prefers to wait and whose operation ends in time, 200 with the VM as it then is. */
  private async answer(call: CommandCall, accepted: Accepted): Promise<Vm> {
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
