import { Controller } from '@nestjs/common';
import { DcmError, type PolicyRule, type RouteOutput } from '@dcm/contracts';
import { scopeOf, type Principal } from '../auth/principal';
import { Endpoint, Input, type Call } from '../http/endpoint';
import { etagOf, requireMatch } from '../http/precondition.policy';
import { ResourceService } from '../resources/resource.service';
import { AdminClient } from './admin.client';
import { DirectoryService } from './directory.service';

/** `/v1/policies` */
@Controller()
export class PoliciesController {
  constructor(
    private readonly resources: ResourceService,
    private readonly directory: DirectoryService,
    private readonly admin: AdminClient,
  ) {}

  @Endpoint('createPolicy')
  async create(@Input() { principal, body, reply }: Call<'createPolicy'>): Promise<PolicyRule> {
    await this.assertVisible(principal, body.tenantId);
    const rule = await this.directory.change(principal, 'admin.policy.create', body);
    void reply.headers({ location: `/v1/policies/${rule.id}`, etag: etagOf(rule) });
    return rule;
  }

  @Endpoint('listPolicies')
  list(@Input() { principal, query }: Call<'listPolicies'>): Promise<RouteOutput<'listPolicies'>> {
    return this.resources.list(scopeOf(principal), 'policy', query, { exceptState: 'deleted' });
  }

  @Endpoint('getPolicy')
  async get(@Input() { principal, params, reply }: Call<'getPolicy'>): Promise<PolicyRule> {
    const rule = await this.find(principal, params.id);
    void reply.header('etag', etagOf(rule));
    return rule;
  }

  @Endpoint('replacePolicy')
  async replace(@Input() { principal, params, body, request, reply }: Call<'replacePolicy'>): Promise<PolicyRule> {
    const before = await this.find(principal, params.id);
    requireMatch(request.headers['if-match'], before);
    const rule = await this.directory.change(principal, 'admin.policy.replace', { ...body, id: before.id });
    void reply.header('etag', etagOf(rule));
    return rule;
  }

  @Endpoint('deletePolicy')
  async remove(@Input() { principal, params, request }: Call<'deletePolicy'>): Promise<undefined> {
    const before = await this.find(principal, params.id);
    requireMatch(request.headers['if-match'], before);
    await this.directory.change(principal, 'admin.policy.delete', { id: before.id });
    return undefined;
  }

  @Endpoint('tryPolicies')
  async try(@Input() { principal, body }: Call<'tryPolicies'>): Promise<RouteOutput<'tryPolicies'>> {
    await this.assertVisible(principal, body.tenantId);
    return this.admin.call(principal, 'admin.policy.try', body);
  }

  /** @throws DcmError NOT_FOUND for a tenant that the caller does not see. */
  private async assertVisible(principal: Principal, tenantId: string | null | undefined): Promise<void> {
    if (tenantId != null) await this.resources.get(scopeOf(principal), 'tenant', tenantId);
  }

  /** What was deleted is not there. @throws DcmError NOT_FOUND */
  private async find(principal: Principal, id: string): Promise<PolicyRule> {
    const rule = await this.resources.get(scopeOf(principal), 'policy', id);
    if (rule.state === 'active') return rule;
    throw new DcmError('NOT_FOUND', `Unable to find policy ${id}: there is none here`);
  }
}
