import { Module, type DynamicModule } from '@nestjs/common';
import type { Broker } from '@dcm/messaging';
import type { Log, Metrics } from '@dcm/runtime';
import { Announcer } from './announcer';
import { ClaimClient } from './claim.client';
import { Facts } from './facts';
import type { ProvisionerConfig } from './provisioner.config';
import { ProvisionerController } from './provisioner.controller';
import { ProvisionerMetrics } from './provisioner-metrics';
import { LOG, PROVISIONER_CONFIG } from './provisioner.tokens';
import { DiscoveryService } from './reads/discovery.service';
import { LookService } from './reads/look.service';
import { ReadService } from './reads/read.service';
import { Reader } from './reads/reader';
import { Sites } from './sites';
import { WorkService } from './work/work.service';

export interface ProvisionerParts {
  readonly config: ProvisionerConfig;
  readonly broker: Broker;
  readonly worker: string;
  readonly sites: Sites;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Everything behind the queues of one provisioner process. */
@Module({})
export class ProvisionerModule {
  static of({ config, broker, worker, sites, metrics, log }: ProvisionerParts): DynamicModule {
    return {
      module: ProvisionerModule,
      controllers: [ProvisionerController],
      providers: [
        { provide: PROVISIONER_CONFIG, useValue: config },
        { provide: LOG, useValue: log },
        { provide: Sites, useValue: sites },
        { provide: Facts, useValue: new Facts(broker, worker, log) },
        { provide: ClaimClient, useValue: new ClaimClient(broker, worker, config.DCM_CLAIM_SILENCE_MS) },
        { provide: ProvisionerMetrics, useValue: new ProvisionerMetrics(metrics) },
        Reader,
        ReadService,
        LookService,
        DiscoveryService,
        WorkService,
        Announcer,
      ],
    };
  }
}
