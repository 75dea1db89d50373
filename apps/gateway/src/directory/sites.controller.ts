import { Controller } from '@nestjs/common';
import { DcmError, type RouteOutput, type Site, type SiteResources } from '@dcm/contracts';
import { scopeOf } from '../auth/principal';
import { Endpoint, Input, type Call } from '../http/endpoint';
import { etagOf, requireMatch } from '../http/precondition.policy';
import { ResourceService } from '../resources/resource.service';
import { DirectoryService } from './directory.service';

/** `/v1/sites` */
@Controller()
export class SitesController {
  constructor(
    private readonly resources: ResourceService,
    private readonly directory: DirectoryService,
  ) {}

  @Endpoint('createSite')
  async create(@Input() { principal, body, reply }: Call<'createSite'>): Promise<Site> {
    const site = await this.directory.change(principal, 'admin.site.create', body);
    void reply.headers({ location: `/v1/sites/${site.name}`, etag: etagOf(site) });
    return site;
  }

  @Endpoint('listSites')
  list(@Input() { principal, query }: Call<'listSites'>): Promise<RouteOutput<'listSites'>> {
    return this.resources.list(scopeOf(principal), 'site', query);
  }

  @Endpoint('getSite')
  async get(@Input() { principal, params, reply }: Call<'getSite'>): Promise<Site> {
    const site = await this.resources.get(scopeOf(principal), 'site', params.name);
    void reply.header('etag', etagOf(site));
    return site;
  }

  @Endpoint('updateSite')
  async update(@Input() { principal, params, body, request, reply }: Call<'updateSite'>): Promise<Site> {
    const before = await this.resources.get(scopeOf(principal), 'site', params.name);
    requireMatch(request.headers['if-match'], before);
    const site = await this.directory.change(principal, 'admin.site.update', { ...body, name: before.name });
    void reply.header('etag', etagOf(site));
    return site;
  }

  /** What the scan finds is told by events: the answer is the site as it is now. */
  @Endpoint('scanSite')
  async scan(@Input() { principal, params, reply }: Call<'scanSite'>): Promise<Site> {
    const { name } = await this.resources.get(scopeOf(principal), 'site', params.name);
    const site = await this.directory.change(principal, 'admin.site.scan', { name });
    void reply.headers({ location: `/v1/sites/${site.name}`, etag: etagOf(site) });
    return site;
  }

  /** A site whose inventory has not come yet has no pools, and says when it was observed: never. */
  @Endpoint('getSiteResources')
  async resourcesOf(@Input() { principal, params }: Call<'getSiteResources'>): Promise<SiteResources> {
    const site = await this.resources.get(scopeOf(principal), 'site', params.name);
    try {
      return await this.resources.get(scopeOf(principal), 'site-resources', site.name);
    } catch (error) {
      if (!(error instanceof DcmError) || error.code !== 'NOT_FOUND') throw error;
      return { site: site.name, pools: [], observedAt: null, seq: 0 };
    }
  }
}
