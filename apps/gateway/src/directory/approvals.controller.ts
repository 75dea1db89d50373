import { Controller } from '@nestjs/common';
import type { Approval, RouteOutput } from '@dcm/contracts';
import { scopeOf } from '../auth/principal';
import { Endpoint, Input, type Call } from '../http/endpoint';
import { etagOf } from '../http/precondition.policy';
import { ResourceService } from '../resources/resource.service';
import { DirectoryService } from './directory.service';

/** `/v1/approvals` */
@Controller()
export class ApprovalsController {
  constructor(
    private readonly resources: ResourceService,
    private readonly directory: DirectoryService,
  ) {}

  @Endpoint('listApprovals')
  list(@Input() { principal, query }: Call<'listApprovals'>): Promise<RouteOutput<'listApprovals'>> {
    return this.resources.list(scopeOf(principal), 'approval', query, { state: query.state });
  }

  @Endpoint('getApproval')
  async get(@Input() { principal, params, reply }: Call<'getApproval'>): Promise<Approval> {
    const approval = await this.resources.get(scopeOf(principal), 'approval', params.id);
    void reply.header('etag', etagOf(approval));
    return approval;
  }

  @Endpoint('decideApproval')
  async decide(@Input() { principal, params, body }: Call<'decideApproval'>): Promise<Approval> {
    const { id } = await this.resources.get(scopeOf(principal), 'approval', params.id);
    return this.directory.change(principal, 'approval.decide', { ...body, approvalId: id });
  }
}
