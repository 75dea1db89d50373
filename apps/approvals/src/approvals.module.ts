import { Module, type DynamicModule } from '@nestjs/common';
import { AdminController } from './admin/admin.controller';
import { DirectoryHandler } from './admin/directory.handler';
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
import { ReconcileModule } from './reconcile/reconcile.module';

/** The system of record: the foundation, its doors, and the life of operations. */
@Module({
  imports: [OperationsModule, ReconcileModule],
  controllers: [AdminController, SiteFactsController, DiscoveryController, DeadLettersController],
  providers: [
    DirectoryHandler,
    SitesHandler,
    RecordsHandler,
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
