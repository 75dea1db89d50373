import { Controller } from '@nestjs/common';
import type { CreatedVm, RouteOutput, Vm } from '@dcm/contracts';
import { scopeOf } from '../auth/principal';
import { Endpoint, Input, type Call } from '../http/endpoint';
import { etagOf } from '../http/precondition.policy';
import { ResourceService } from '../resources/resource.service';
import { AnswerService } from './answer.service';
import { callerOf } from './caller';
import { ChangesService } from './changes.service';
import { CreatesService } from './creates.service';

/** `/v1/vms` */
@Controller()
export class VmsController {
  constructor(
    private readonly creates: CreatesService,
    private readonly changes: ChangesService,
    private readonly resources: ResourceService,
    private readonly answers: AnswerService,
  ) {}

  @Endpoint('createVm')
  async create(@Input() call: Call<'createVm'>): Promise<CreatedVm> {
    return this.answers.answer(call, await this.creates.create(callerOf(call), call.body));
  }

  @Endpoint('powerVm')
  async power(@Input() call: Call<'powerVm'>): Promise<Vm> {
    return this.answers.answer(call, await this.changes.power(callerOf(call), call.params.id, call.body));
  }

  @Endpoint('resizeVm')
  async resize(@Input() call: Call<'resizeVm'>): Promise<Vm> {
    return this.answers.answer(call, await this.changes.resize(callerOf(call), call.params.id, call.body));
  }

  @Endpoint('deleteVm')
  async delete(@Input() call: Call<'deleteVm'>): Promise<Vm> {
    return this.answers.answer(call, await this.changes.delete(callerOf(call), call.params.id));
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
}
