import { Controller } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Quota, RouteOutput } from '@dcm/contracts';
import { scopeOf } from '../auth/principal';
import { Endpoint, Input, type Call } from '../http/endpoint';
import { etagOf } from '../http/precondition.policy';
import { ResourceService } from '../resources/resource.service';
import { QuotasService } from './quotas.service';

const tagged = (reply: FastifyReply, quota: Quota): Quota => {
  void reply.header('etag', etagOf(quota));
  return quota;
};

/** `/v1/quotas`, and the quotas of tenants and projects. */
@Controller()
export class QuotasController {
  constructor(
    private readonly quotas: QuotasService,
    private readonly resources: ResourceService,
  ) {}

  @Endpoint('listQuotas')
  list(@Input() { principal, query }: Call<'listQuotas'>): Promise<RouteOutput<'listQuotas'>> {
    return this.resources.list(scopeOf(principal), 'quota', query);
  }

  @Endpoint('getTenantQuota')
  async getOfTenant(@Input() { principal, params, reply }: Call<'getTenantQuota'>): Promise<Quota> {
    return tagged(reply, await this.quotas.get(principal, { scope: 'tenant', id: params.id }));
  }

  @Endpoint('getProjectQuota')
  async getOfProject(@Input() { principal, params, reply }: Call<'getProjectQuota'>): Promise<Quota> {
    return tagged(reply, await this.quotas.get(principal, { scope: 'project', id: params.id }));
  }

  @Endpoint('setTenantQuota')
  async setOfTenant(@Input() { principal, params, body, request, reply }: Call<'setTenantQuota'>): Promise<Quota> {
    const wish = { limits: body.limits, ifMatch: request.headers['if-match'] };
    return tagged(reply, await this.quotas.set(principal, { scope: 'tenant', id: params.id }, wish));
  }

  @Endpoint('setProjectQuota')
  async setOfProject(@Input() { principal, params, body, request, reply }: Call<'setProjectQuota'>): Promise<Quota> {
    const wish = { limits: body.limits, ifMatch: request.headers['if-match'] };
    return tagged(reply, await this.quotas.set(principal, { scope: 'project', id: params.id }, wish));
  }
}
