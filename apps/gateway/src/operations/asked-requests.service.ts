import { Injectable } from '@nestjs/common';
import type { Resubmit } from '@dcm/contracts';
import { scopeOf } from '../auth/principal';
import { AdminClient } from '../directory/admin.client';
import type { PreparedRequest } from '../requests/requests.service';
import { ResourceService } from '../resources/resource.service';
import { ChangesService } from '../vms/changes.service';
import type { Asking } from '../vms/command';
import { CreatesService } from '../vms/creates.service';
import { whileHandedOver } from './handover.policy';
import { assertSecretsOf, createOf } from './resubmit.policy';

/** Fetches what operations were asked for with, and writes it as a request again. */
@Injectable()
export class AskedRequestsService {
  constructor(
    private readonly resources: ResourceService,
    private readonly admin: AdminClient,
    private readonly creates: CreatesService,
    private readonly changes: ChangesService,
  ) {}

  /** @throws DcmError as `ResubmitsService.resubmit`, but for the key. */
  async again({ caller, identity }: Asking, operationId: string, body: Resubmit): Promise<PreparedRequest> {
    const { principal } = caller;
    const known = await this.resources.get(scopeOf(principal), 'operation', operationId);
    const asked = await whileHandedOver('resubmit', known, () =>
      this.admin.call(principal, 'admin.operation.asked', { operationId: known.id }),
    );
    assertSecretsOf(asked, body);
    const asking = { caller, identity, resubmits: known.id };
    if (asked.kind === 'vm.create') return this.creates.prepare(asking, createOf(asked, body));
    const { vmId, ...wish } = asked.data;
    return this.changes.prepare(asking, String(vmId), { kind: asked.kind, wish });
  }
}
