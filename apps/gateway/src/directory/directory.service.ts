import { Injectable } from '@nestjs/common';
import type { AdminCallName, AdminInput, EventNoun } from '@dcm/contracts';
import type { Principal } from '../auth/principal';
import { ProjectionRepository } from '../projection/projection.repository';
import type { DocOf } from '../resources/resource';
import { rowOfDoc } from '../resources/resource.mapper';
import { AdminClient } from './admin.client';

/** The calls that answer with a state of a noun. */
const nounOf = {
  'admin.tenant.create': 'tenant',
  'admin.project.create': 'project',
  'admin.project.update': 'project',
  'admin.site.create': 'site',
  'admin.site.update': 'site',
  'admin.site.scan': 'site',
  'admin.image.create': 'image',
  'admin.image.update': 'image',
  'admin.size.create': 'size',
  'admin.size.update': 'size',
  'admin.publisher.create': 'publisher',
  'admin.quota.set': 'quota',
  'admin.rate.create': 'rate',
  'admin.policy.create': 'policy',
  'admin.policy.replace': 'policy',
  'admin.policy.delete': 'policy',
  'admin.operation.cancel': 'operation',
  'admin.operation.retry': 'operation',
  'approval.decide': 'approval',
} as const satisfies Partial<Record<AdminCallName, EventNoun>>;
type StatefulCall = keyof typeof nounOf;

/** Changes what approvals owns, and shows the new state here at once. */
@Injectable()
export class DirectoryService {
  constructor(
    private readonly admin: AdminClient,
    private readonly projection: ProjectionRepository,
  ) {}

  /** @throws DcmError as approvals answers; UNAVAILABLE when it does not. */
  async change<C extends StatefulCall>(
    principal: Principal,
    call: C,
    input: AdminInput<C>,
  ): Promise<DocOf<(typeof nounOf)[C]>> {
    const doc = (await this.admin.call(principal, call, input)) as DocOf<(typeof nounOf)[C]>;
    await this.projection.show(rowOfDoc<(typeof nounOf)[C]>(nounOf[call], doc));
    return doc;
  }
}
