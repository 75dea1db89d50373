import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { every, type Log, type Loop } from '@dcm/runtime';
import type { GatewayConfig } from '../gateway.config';
import { CONFIG, LOG } from '../parts';
import { AskingService } from './asking.service';
import { SendingService } from './sending.service';

/** Tells approvers that they are asked, where there is a mail server. Any number of replicas do this side by side. */
@Injectable()
export class NotificationSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | undefined;
  private isStopping = false;

  constructor(
    private readonly asking: AskingService,
    private readonly sending: SendingService,
    @Inject(CONFIG) private readonly config: GatewayConfig,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    const { DCM_SMTP_URL: server, DCM_NOTIFY_MS: everyMs } = this.config;
    if (server !== undefined) this.loop = every(everyMs, () => this.run(), this.log);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    await this.loop?.stop();
  }

  private async run(): Promise<void> {
    await this.asking.askAll();
    while (!this.isStopping && (await this.sending.sendNext()));
  }
}
