import { Injectable } from '@nestjs/common';
import { SiteScanService } from '../directory/site-scan.service';
import { SitesService } from '../directory/sites.service';
import type { CallHandlers } from './ports';

/** Calls about sites. */
@Injectable()
export class SitesHandler {
  constructor(
    private readonly sites: SitesService,
    private readonly scans: SiteScanService,
  ) {}

  readonly handlers: CallHandlers<`admin.site.${'create' | 'update' | 'scan'}`> = {
    'admin.site.create': (input, actor) => this.sites.create(input, actor),
    'admin.site.update': (input, actor) => this.sites.update(input, actor),
    'admin.site.scan': (input, actor) => this.scans.scan(input, actor),
  };
}
