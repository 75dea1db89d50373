import { Module, type DynamicModule } from '@nestjs/common';
import type { AdminCallName } from '@dcm/contracts';
import { AdminController } from './admin/admin.controller';
import { DirectoryHandler } from './admin/directory.handler';
import { PoliciesHandler } from './admin/policies.handler';
import { CALL_HANDLERS, type CallHandlers } from './admin/ports';
import { RecordsHandler } from './admin/records.handler';
import { SitesHandler } from './admin/sites.handler';
import { RatesService } from './billing/rates.service';
import { DeadLettersController } from './dead-letters/dead-letters.controller';
import { DeadLettersService } from './dead-letters/dead-letters.service';
import { AnnouncementsService } from './directory/announcements.service';
import { CatalogueService } from './directory/catalogue.service';
import { DiscoveryController } from './directory/discovery.controller';
import { InventoryService } from './directory/inventory.service';
import { PagesService } from './directory/pages.service';
import { PublishersService } from './directory/publishers.service';
import { ScansService } from './directory/scans.service';
import { SiteScanService } from './directory/site-scan.service';
import { SiteFactsController } from './directory/site-facts.controller';
import { SiteQueues } from './directory/site-queues.service';
import { SiteSweeper } from './directory/site.sweeper';
import { SitesService } from './directory/sites.service';
import { TenantsService } from './directory/tenants.service';
import { FoundationModule, type Resources } from './foundation.module';
import { JournalService } from './journal/journal.service';
import { OperationsModule } from './operations/operations.module';
import { QuotaService } from './quota/quota.service';
import { QuotaSweeper } from './quota/quota.sweeper';
import { PoliciesService } from './policies/policies.service';
import { SamplesService } from './policies/samples.service';
import { TrialsService } from './policies/trials.service';
import { TrialsRepository } from './policies/trials.repository';
import { ReconcileModule } from './reconcile/reconcile.module';

/** The compiler sees that no call is without a handler. */
const callHandlers = {
  provide: CALL_HANDLERS,
  useFactory: (
    directory: DirectoryHandler,
    sites: SitesHandler,
    records: RecordsHandler,
    policies: PoliciesHandler,
  ): CallHandlers<AdminCallName> => ({
    ...directory.handlers,
    ...sites.handlers,
    ...records.handlers,
    ...policies.handlers,
  }),
  inject: [DirectoryHandler, SitesHandler, RecordsHandler, PoliciesHandler],
};

/** The system of record: the foundation, its doors, and the life of operations. */
@Module({
  imports: [OperationsModule, ReconcileModule],
  controllers: [AdminController, SiteFactsController, DiscoveryController, DeadLettersController],
  providers: [
    callHandlers,
    DirectoryHandler,
    SitesHandler,
    RecordsHandler,
    PoliciesHandler,
    PoliciesService,
    SamplesService,
    TrialsService,
    TrialsRepository,
    TenantsService,
    SitesService,
    SiteQueues,
    CatalogueService,
    PublishersService,
    AnnouncementsService,
    InventoryService,
    ScansService,
    PagesService,
    SiteScanService,
    SiteSweeper,
    QuotaService,
    QuotaSweeper,
    RatesService,
    JournalService,
    DeadLettersService,
  ],
})
export class ApprovalsModule {
  static register(resources: Resources): DynamicModule {
    return { module: ApprovalsModule, imports: [FoundationModule.register(resources)] };
  }
}
