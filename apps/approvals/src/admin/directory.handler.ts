import { Injectable } from '@nestjs/common';
import { RatesService } from '../billing/rates.service';
import { CatalogueService } from '../directory/catalogue.service';
import { PublishersService } from '../directory/publishers.service';
import { TenantsService } from '../directory/tenants.service';
import type { CallHandlers } from './ports';

type DirectoryCall =
  | `admin.tenant.create`
  | `admin.project.${'create' | 'update'}`
  | `admin.image.${'create' | 'update'}`
  | `admin.size.${'create' | 'update'}`
  | 'admin.publisher.create'
  | 'admin.rate.create';

/** Calls about tenants, projects, publishers, the catalogue and what things cost. */
@Injectable()
export class DirectoryHandler {
  constructor(
    private readonly tenants: TenantsService,
    private readonly catalogue: CatalogueService,
    private readonly publishers: PublishersService,
    private readonly rates: RatesService,
  ) {}

  readonly handlers: CallHandlers<DirectoryCall> = {
    'admin.tenant.create': (input, actor) => this.tenants.createTenant(input, actor),
    'admin.project.create': (input, actor) => this.tenants.createProject(input, actor),
    'admin.project.update': (input, actor) => this.tenants.updateProject(input, actor),
    'admin.image.create': (input, actor) => this.catalogue.createImage(input, actor),
    'admin.image.update': (input, actor) => this.catalogue.updateImage(input, actor),
    'admin.size.create': (input, actor) => this.catalogue.createSize(input, actor),
    'admin.size.update': (input, actor) => this.catalogue.updateSize(input, actor),
    'admin.publisher.create': (input, actor) => this.publishers.create(input, actor),
    'admin.rate.create': (input, actor) => this.rates.create(input, actor),
  };
}
