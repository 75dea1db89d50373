import { Controller } from '@nestjs/common';
import type { RouteOutput, Snapshot, Vm } from '@dcm/contracts';
import { scopeOf } from '../auth/principal';
import { Endpoint, Input, type Call } from '../http/endpoint';
import { ResourceService } from '../resources/resource.service';
import { AnswerService } from './answer.service';
import { callerOf } from './caller';
import { ChangesService } from './changes.service';

/** A VM that was projected before there were snapshots has none. */
const snapshotsOf = ({ snapshots }: { readonly snapshots?: readonly Snapshot[] }): readonly Snapshot[] =>
  snapshots ?? [];

/** `/v1/vms/{id}/snapshots` */
@Controller()
export class SnapshotsController {
  constructor(
    private readonly changes: ChangesService,
    private readonly resources: ResourceService,
    private readonly answers: AnswerService,
  ) {}

  /** Those that DCM made, newest first. */
  @Endpoint('listSnapshots')
  async list(@Input() { principal, params, query }: Call<'listSnapshots'>): Promise<RouteOutput<'listSnapshots'>> {
    const vm = await this.resources.get(scopeOf(principal), 'vm', params.id);
    return this.resources.pageOf(snapshotsOf(vm), query, `snapshots of ${vm.id}`);
  }

  @Endpoint('createSnapshot')
  async create(@Input() call: Call<'createSnapshot'>): Promise<Vm> {
    return this.answers.answer(call, await this.changes.createSnapshot(callerOf(call), call.params.id, call.body));
  }

  @Endpoint('revertSnapshot')
  async revert(@Input() call: Call<'revertSnapshot'>): Promise<Vm> {
    const { id, snapshotId } = call.params;
    return this.answers.answer(call, await this.changes.revertSnapshot(callerOf(call), id, snapshotId));
  }

  @Endpoint('removeSnapshot')
  async remove(@Input() call: Call<'removeSnapshot'>): Promise<Vm> {
    const { id, snapshotId } = call.params;
    return this.answers.answer(call, await this.changes.removeSnapshot(callerOf(call), id, snapshotId));
  }
}
