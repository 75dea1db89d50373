import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, DiscoveryModule } from '@nestjs/core';
import type { Broker, OutboxRelay } from '@dcm/messaging';
import type { Log, Metrics } from '@dcm/runtime';
import { DataSource } from 'typeorm';
import { AuthGuard } from './auth/auth.guard';
import { AuthService } from './auth/auth.service';
import { TokenRepository } from './auth/token.repository';
import { TokensController } from './auth/tokens.controller';
import { TokensService } from './auth/tokens.service';
import { AdminClient } from './directory/admin.client';
import { ApprovalsController } from './directory/approvals.controller';
import { CatalogueController } from './directory/catalogue.controller';
import { DirectoryService } from './directory/directory.service';
import { PoliciesController } from './directory/policies.controller';
import { ProjectsController } from './directory/projects.controller';
import { PublishersController } from './directory/publishers.controller';
import { QuotasController } from './directory/quotas.controller';
import { QuotasService } from './directory/quotas.service';
import { RatesController } from './directory/rates.controller';
import { SitesController } from './directory/sites.controller';
import { TenantsController } from './directory/tenants.controller';
import { Drain } from './drain';
import { EventStreams } from './events/event-streams';
import { EventsController } from './events/events.controller';
import type { GatewayConfig } from './gateway.config';
import { RouteCensus } from './http/census';
import { ProblemFilter } from './http/problem.filter';
import { AskingService } from './notifications/asking.service';
import { LinksController } from './notifications/links.controller';
import { LinksService } from './notifications/links.service';
import { MailClient } from './notifications/mail.client';
import { NotificationRepository } from './notifications/notification.repository';
import { NotificationSweeper } from './notifications/notification.sweeper';
import { NotificationOutcomes } from './notifications/outcomes';
import { PeopleController } from './notifications/people.controller';
import { PeopleService } from './notifications/people.service';
import { PersonRepository } from './notifications/person.repository';
import { QuestionsService } from './notifications/questions.service';
import { SendingService } from './notifications/sending.service';
import { OperationWaitService } from './operations/operation-wait.service';
import { OperationsController } from './operations/operations.controller';
import { AskedRequestsService } from './operations/asked-requests.service';
import { OperationsService } from './operations/operations.service';
import { ResubmitsService } from './operations/resubmits.service';
import { BROKER, CONFIG, LOG, METRICS, RELAY, YIELDING } from './parts';
import { CatchUpService } from './projection/catch-up.service';
import { ChangeTail } from './projection/change-tail';
import { ChangeRepository } from './projection/change.repository';
import { FreshnessService } from './projection/freshness.service';
import { ProjectionConsumer } from './projection/projection.consumer';
import { ProjectionRepository } from './projection/projection.repository';
import { ProjectionService } from './projection/projection.service';
import { RequestRepository } from './requests/request.repository';
import { RequestsService } from './requests/requests.service';
import type { Yielding } from './requests/yielding.policy';
import { ResendSweeper } from './requests/resend.sweeper';
import { NamesService } from './resources/names.service';
import { RecentDocs } from './resources/recent-docs';
import { ResourceRepository } from './resources/resource.repository';
import { ResourceService } from './resources/resource.service';
import { Gauges } from './system/gauges';
import { PruningSweeper } from './system/pruning.sweeper';
import { ReadinessService } from './system/readiness.service';
import { SystemController } from './system/system.controller';
import { SystemRepository } from './system/system.repository';
import { AnswerService } from './vms/answer.service';
import { ChangesService } from './vms/changes.service';
import { ConsolesController } from './vms/consoles.controller';
import { CreatesService } from './vms/creates.service';
import { QuotesController } from './vms/quotes.controller';
import { QuotesService } from './vms/quotes.service';
import { SnapshotsController } from './vms/snapshots.controller';
import { VmsController } from './vms/vms.controller';
import { DeliveriesService } from './webhooks/deliveries.service';
import { DeliveryRepository } from './webhooks/delivery.repository';
import { DeliveryService } from './webhooks/delivery.service';
import { WebhookOutcomes } from './webhooks/outcomes';
import { ResolverClient } from './webhooks/resolver.client';
import { WebhookClient } from './webhooks/webhook.client';
import { WebhookRepository } from './webhooks/webhook.repository';
import { WebhookSweeper } from './webhooks/webhook.sweeper';
import { WebhooksController } from './webhooks/webhooks.controller';
import { WebhooksService } from './webhooks/webhooks.service';

/** What stands before Nest does: opened and closed by `main`. */
export interface GatewayParts {
  readonly config: GatewayConfig;
  readonly log: Log;
  readonly database: DataSource;
  readonly broker: Broker;
  readonly relay: OutboxRelay;
  readonly yielding: Yielding;
  readonly metrics: Metrics;
  readonly drain: Drain;
}

const controllers = [
  ApprovalsController,
  CatalogueController,
  ConsolesController,
  EventsController,
  LinksController,
  OperationsController,
  PeopleController,
  PoliciesController,
  ProjectionConsumer,
  ProjectsController,
  PublishersController,
  QuotasController,
  QuotesController,
  RatesController,
  SitesController,
  SnapshotsController,
  SystemController,
  TenantsController,
  TokensController,
  VmsController,
  WebhooksController,
];

const repositories = [
  ChangeRepository,
  DeliveryRepository,
  NotificationRepository,
  PersonRepository,
  ProjectionRepository,
  RequestRepository,
  ResourceRepository,
  SystemRepository,
  TokenRepository,
  WebhookRepository,
];

const services: Provider[] = [
  AdminClient,
  AnswerService,
  AskedRequestsService,
  AskingService,
  AuthService,
  CatchUpService,
  ChangeTail,
  ChangesService,
  CreatesService,
  DeliveriesService,
  DeliveryService,
  DirectoryService,
  EventStreams,
  FreshnessService,
  Gauges,
  LinksService,
  MailClient,
  NamesService,
  NotificationOutcomes,
  NotificationSweeper,
  OperationWaitService,
  OperationsService,
  PeopleService,
  ProjectionService,
  PruningSweeper,
  QuestionsService,
  QuotasService,
  QuotesService,
  ReadinessService,
  RecentDocs,
  RequestsService,
  ResendSweeper,
  ResolverClient,
  ResourceService,
  ResubmitsService,
  SendingService,
  TokensService,
  WebhookClient,
  WebhookOutcomes,
  WebhookSweeper,
  WebhooksService,
];

const partsOf = (parts: GatewayParts): Provider[] => [
  { provide: CONFIG, useValue: parts.config },
  { provide: LOG, useValue: parts.log },
  { provide: BROKER, useValue: parts.broker },
  { provide: RELAY, useValue: parts.relay },
  { provide: YIELDING, useValue: parts.yielding },
  { provide: METRICS, useValue: parts.metrics },
  { provide: DataSource, useValue: parts.database },
  { provide: Drain, useValue: parts.drain },
];

/** The gateway: closed to everybody whom the table of routes does not let in. */
@Module({})
export class GatewayModule {
  static with(parts: GatewayParts): DynamicModule {
    return {
      module: GatewayModule,
      imports: [DiscoveryModule],
      controllers,
      providers: [
        ...partsOf(parts),
        ...repositories,
        ...services,
        RouteCensus,
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}
