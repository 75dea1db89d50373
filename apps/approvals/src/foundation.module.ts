import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { Broker, DcmTransport, OutboxRelay } from '@dcm/messaging';
import type { Log } from '@dcm/runtime';
import { APPROVALS_CONFIG, BROKER, LOG, OUTBOX, TRANSPORT, type ApprovalsConfig } from './approvals.config';
import { RatesRepository } from './billing/rates.repository';
import { DATABASE, type Database } from './database/transaction.repository';
import { CatalogueRepository } from './directory/catalogue.repository';
import { DirectoryRepository } from './directory/directory.repository';
import { FactGuard } from './directory/fact.guard';
import { PublishersRepository } from './directory/publishers.repository';
import { ResourcesRepository } from './directory/resources.repository';
import { ScansRepository } from './directory/scans.repository';
import { SitesRepository } from './directory/sites.repository';
import { TenantsRepository } from './directory/tenants.repository';
import { ChangeService } from './journal/change.service';
import { JournalRelay } from './journal/journal.relay';
import { JournalRepository } from './journal/journal.repository';
import { PositionRepository } from './journal/position.repository';
import { PoliciesRepository } from './policies/policies.repository';
import { LedgerRepository } from './quota/ledger.repository';
import { QuotaRepository } from './quota/quota.repository';

/** What the process opened before Nest: passed in, so that two of them can live in one process. */
export interface Resources {
  readonly config: ApprovalsConfig;
  readonly log: Log;
  readonly database: Database;
  readonly broker: Broker;
  readonly outbox: OutboxRelay;
  readonly transport: DcmTransport;
}

const rooms = [
  JournalRepository,
  PositionRepository,
  JournalRelay,
  ChangeService,
  DirectoryRepository,
  TenantsRepository,
  SitesRepository,
  CatalogueRepository,
  PublishersRepository,
  ResourcesRepository,
  ScansRepository,
  FactGuard,
  QuotaRepository,
  LedgerRepository,
  RatesRepository,
  PoliciesRepository,
];

/** What both halves of the process stand on: resources, journal, directory and quota. */
@Global()
@Module({})
export class FoundationModule {
  static register(resources: Resources): DynamicModule {
    const given = [
      { provide: APPROVALS_CONFIG, useValue: resources.config },
      { provide: LOG, useValue: resources.log },
      { provide: DATABASE, useValue: resources.database },
      { provide: BROKER, useValue: resources.broker },
      { provide: OUTBOX, useValue: resources.outbox },
      { provide: TRANSPORT, useValue: resources.transport },
    ];
    const providers = [...given, ...rooms];
    return { module: FoundationModule, providers, exports: providers };
  }
}
