import { Controller } from '@nestjs/common';
import type { Image, RouteOutput, Size } from '@dcm/contracts';
import { scopeOf } from '../auth/principal';
import { Endpoint, Input, type Call } from '../http/endpoint';
import { etagOf, requireMatch } from '../http/precondition.policy';
import { ResourceService } from '../resources/resource.service';
import { DirectoryService } from './directory.service';

/** `/v1/images`, `/v1/sizes` */
@Controller()
export class CatalogueController {
  constructor(
    private readonly resources: ResourceService,
    private readonly directory: DirectoryService,
  ) {}

  @Endpoint('createImage')
  async createImage(@Input() { principal, body, reply }: Call<'createImage'>): Promise<Image> {
    const image = await this.directory.change(principal, 'admin.image.create', body);
    void reply.header('etag', etagOf(image));
    return image;
  }

  @Endpoint('listImages')
  listImages(@Input() { principal, query }: Call<'listImages'>): Promise<RouteOutput<'listImages'>> {
    return this.resources.list(scopeOf(principal), 'image', query);
  }

  @Endpoint('getImage')
  async getImage(@Input() { principal, params, reply }: Call<'getImage'>): Promise<Image> {
    const image = await this.resources.get(scopeOf(principal), 'image', params.id);
    void reply.header('etag', etagOf(image));
    return image;
  }

  @Endpoint('updateImage')
  async updateImage(@Input() { principal, params, body, request, reply }: Call<'updateImage'>): Promise<Image> {
    const before = await this.resources.get(scopeOf(principal), 'image', params.id);
    requireMatch(request.headers['if-match'], before);
    const image = await this.directory.change(principal, 'admin.image.update', { ...body, id: before.id });
    void reply.header('etag', etagOf(image));
    return image;
  }

  @Endpoint('createSize')
  async createSize(@Input() { principal, body, reply }: Call<'createSize'>): Promise<Size> {
    const size = await this.directory.change(principal, 'admin.size.create', body);
    void reply.header('etag', etagOf(size));
    return size;
  }

  @Endpoint('listSizes')
  listSizes(@Input() { principal, query }: Call<'listSizes'>): Promise<RouteOutput<'listSizes'>> {
    return this.resources.list(scopeOf(principal), 'size', query);
  }

  @Endpoint('getSize')
  async getSize(@Input() { principal, params, reply }: Call<'getSize'>): Promise<Size> {
    const size = await this.resources.get(scopeOf(principal), 'size', params.name);
    void reply.header('etag', etagOf(size));
    return size;
  }

  @Endpoint('updateSize')
  async updateSize(@Input() { principal, params, body, request, reply }: Call<'updateSize'>): Promise<Size> {
    const before = await this.resources.get(scopeOf(principal), 'size', params.name);
    requireMatch(request.headers['if-match'], before);
    const size = await this.directory.change(principal, 'admin.size.update', { ...body, name: before.name });
    void reply.header('etag', etagOf(size));
    return size;
  }
}
