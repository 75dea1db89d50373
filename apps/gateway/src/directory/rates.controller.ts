import { Controller } from '@nestjs/common';
import type { Rate, RouteOutput } from '@dcm/contracts';
import { scopeOf } from '../auth/principal';
import { Endpoint, Input, type Call } from '../http/endpoint';
import { ResourceService } from '../resources/resource.service';
import { DirectoryService } from './directory.service';

/** `/v1/rates` */
@Controller()
export class RatesController {
  constructor(
    private readonly resources: ResourceService,
    private readonly directory: DirectoryService,
  ) {}

  @Endpoint('createRate')
  create(@Input() { principal, body }: Call<'createRate'>): Promise<Rate> {
    return this.directory.change(principal, 'admin.rate.create', body);
  }

  @Endpoint('listRates')
  list(@Input() { principal, query }: Call<'listRates'>): Promise<RouteOutput<'listRates'>> {
    return this.resources.list(scopeOf(principal), 'rate', query);
  }
}
