import { Controller } from '@nestjs/common';
import type { RouteOutput, Tenant } from '@dcm/contracts';
import { scopeOf } from '../auth/principal';
import { Endpoint, Input, type Call } from '../http/endpoint';
import { etagOf } from '../http/precondition.policy';
import { ResourceService } from '../resources/resource.service';
import { DirectoryService } from './directory.service';

/** `/v1/tenants` */
@Controller()
export class TenantsController {
  constructor(
    private readonly resources: ResourceService,
    private readonly directory: DirectoryService,
  ) {}

  @Endpoint('createTenant')
  async create(@Input() { principal, body, reply }: Call<'createTenant'>): Promise<Tenant> {
    const tenant = await this.directory.change(principal, 'admin.tenant.create', body);
    void reply.headers({ location: `/v1/tenants/${tenant.id}`, etag: etagOf(tenant) });
    return tenant;
  }

  @Endpoint('listTenants')
  list(@Input() { principal, query }: Call<'listTenants'>): Promise<RouteOutput<'listTenants'>> {
    return this.resources.list(scopeOf(principal), 'tenant', query);
  }

  @Endpoint('getTenant')
  async get(@Input() { principal, params, reply }: Call<'getTenant'>): Promise<Tenant> {
    const tenant = await this.resources.get(scopeOf(principal), 'tenant', params.id);
    void reply.header('etag', etagOf(tenant));
    return tenant;
  }
}
