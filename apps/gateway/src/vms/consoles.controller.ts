import { Controller } from '@nestjs/common';
import type { Console } from '@dcm/contracts';
import { scopeOf } from '../auth/principal';
import { AdminClient } from '../directory/admin.client';
import { Endpoint, Input, type Call } from '../http/endpoint';
import { ResourceService } from '../resources/resource.service';

/** `/v1/vms/{id}/console` */
@Controller()
export class ConsolesController {
  constructor(
    private readonly resources: ResourceService,
    private readonly admin: AdminClient,
  ) {}

  /** The address is a secret: it is handed to the caller, and neither kept nor logged here. */
  @Endpoint('openConsole')
  async open(@Input() { principal, params, reply }: Call<'openConsole'>): Promise<Console> {
    const vm = await this.resources.get(scopeOf(principal), 'vm', params.id);
    const console = await this.admin.call(principal, 'admin.vm.console', { vmId: vm.id });
    // Every answer says so; here a cache would hand out the key to a machine, so it does not rest on the default.
    void reply.header('cache-control', 'no-store');
    return console;
  }
}
