import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { factMessages, parseOrThrow, queues } from '@dcm/contracts';
import type { DcmMessage } from '@dcm/messaging';
import { AnnouncementsService } from './announcements.service';
import { FactGuard } from './fact.guard';
import { InventoryService } from './inventory.service';

/** Facts about sites; those about operations have a controller of their own on the same queue. */
@Controller()
export class SiteFactsController {
  constructor(
    private readonly guard: FactGuard,
    private readonly announcements: AnnouncementsService,
    private readonly inventory: InventoryService,
  ) {}

  @EventPattern('*.*.announced', { queue: queues.facts })
  async announced(message: DcmMessage): Promise<void> {
    const fact = parseOrThrow(factMessages['io.dcm.fact.announced.v1'], message.data, 'announcement');
    if (await this.guard.believes(message, fact)) await this.announcements.hear(fact);
  }

  @EventPattern('*.*.inventory', { queue: queues.facts })
  async inventoried(message: DcmMessage): Promise<void> {
    const fact = parseOrThrow(factMessages['io.dcm.fact.inventory.v1'], message.data, 'inventory');
    if (await this.guard.believes(message, fact)) await this.inventory.observe(fact);
  }
}
