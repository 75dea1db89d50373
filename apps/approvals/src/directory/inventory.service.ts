import { Inject, Injectable } from '@nestjs/common';
import type { Fact } from '@dcm/contracts';
import type { Log } from '@dcm/runtime';
import { APPROVALS_CONFIG, LOG, type ApprovalsConfig } from '../approvals.config';
import type { Transaction } from '../database/transaction.repository';
import { ChangeService, type Voice } from '../journal/change.service';
import { inventoryCommand } from './inventory.mapper';
import { structureHashOf } from './resources.mapper';
import { ResourcesRepository } from './resources.repository';
import { resourcesEntry } from './sites.service';

/** When a site that gave no inventory is asked again. */
const retryMs = 30_000;

/** Asks sites what they offer and keeps what they answer. */
@Injectable()
export class InventoryService {
  constructor(
    @Inject(APPROVALS_CONFIG)
    private readonly config: Pick<ApprovalsConfig, 'DCM_INVENTORY_MS' | 'DCM_SCAN_TIMEOUT_MS'>,
    @Inject(LOG) private readonly log: Log,
    private readonly changes: ChangeService,
    private readonly resources: ResourcesRepository,
  ) {}

  /** Asks those that speak and whose inventory is old, at most once per age; one site or all. */
  async ask(manager: Transaction, voice: Voice, site?: string): Promise<void> {
    const due = await this.resources.takeDue(manager, this.config.DCM_INVENTORY_MS, site);
    voice.send(...due.map(inventoryCommand));
  }

  /** Asks one site now. @returns false while its answer is awaited. */
  async askNow(manager: Transaction, voice: Voice, site: string): Promise<boolean> {
    const due = await this.resources.takeNow(manager, site, this.config.DCM_SCAN_TIMEOUT_MS);
    if (due !== undefined) voice.send(inventoryCommand(due));
    return due !== undefined;
  }

  /** Asks every site whose time has come. */
  askAll(): Promise<void> {
    return this.changes.change((manager, voice) => this.ask(manager, voice));
  }

  /** Keeps an answer; a site that could not be looked at keeps its last one. */
  async observe(fact: Fact<'io.dcm.fact.inventory.v1'>): Promise<void> {
    if (fact.error !== null) {
      this.log.warn({ site: fact.site, error: fact.error }, 'a site gave no inventory');
      const times = { ageMs: this.config.DCM_INVENTORY_MS, delayMs: retryMs };
      await this.changes.change((manager) => this.resources.askAgain(manager, fact.site, times));
      return;
    }
    const { site, pools } = fact;
    const tellMs = this.config.DCM_INVENTORY_MS;
    await this.changes.change(async (manager, { tell }) => {
      const inventory = { site, pools, structure: structureHashOf(pools), tellMs };
      const news = await this.resources.observe(manager, inventory);
      if (news !== undefined) tell(resourcesEntry(news, 'observed'));
    });
  }
}
