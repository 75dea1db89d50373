import { Controller } from '@nestjs/common';
import type { Project, RouteOutput } from '@dcm/contracts';
import { scopeOf } from '../auth/principal';
import { Endpoint, Input, type Call } from '../http/endpoint';
import { etagOf, requireMatch } from '../http/precondition.policy';
import { ResourceService } from '../resources/resource.service';
import { DirectoryService } from './directory.service';

/** `/v1/projects` */
@Controller()
export class ProjectsController {
  constructor(
    private readonly resources: ResourceService,
    private readonly directory: DirectoryService,
  ) {}

  @Endpoint('createProject')
  async create(@Input() { principal, body, reply }: Call<'createProject'>): Promise<Project> {
    await this.resources.get(scopeOf(principal), 'tenant', body.tenantId);
    const project = await this.directory.change(principal, 'admin.project.create', body);
    void reply.headers({ location: `/v1/projects/${project.id}`, etag: etagOf(project) });
    return project;
  }

  @Endpoint('listProjects')
  list(@Input() { principal, query }: Call<'listProjects'>): Promise<RouteOutput<'listProjects'>> {
    return this.resources.list(scopeOf(principal), 'project', query);
  }

  @Endpoint('getProject')
  async get(@Input() { principal, params, reply }: Call<'getProject'>): Promise<Project> {
    const project = await this.resources.get(scopeOf(principal), 'project', params.id);
    void reply.header('etag', etagOf(project));
    return project;
  }

  @Endpoint('updateProject')
  async update(@Input() { principal, params, body, request, reply }: Call<'updateProject'>): Promise<Project> {
    const before = await this.resources.get(scopeOf(principal), 'project', params.id);
    requireMatch(request.headers['if-match'], before);
    const project = await this.directory.change(principal, 'admin.project.update', { ...body, id: before.id });
    void reply.header('etag', etagOf(project));
    return project;
  }
}
