import { Injectable } from '@nestjs/common';
import { DcmError, type AdminActor, type AdminOutput, type Site } from '@dcm/contracts';
import { assertPlatformAdmin, notFound } from '../admin/actor.policy';
import type { CallInput } from '../admin/ports';
import type { Transaction } from '../database/transaction.repository';
import { ChangeService, type Voice } from '../journal/change.service';
import { siteEntry } from './directory.repository';
import { InventoryService } from './inventory.service';
import { ScansService } from './scans.service';
import { SitesRepository } from './sites.repository';

/** Reads a site's inventory and looks for its VMs because somebody asks. */
@Injectable()
export class SiteScanService {
  constructor(
    private readonly changes: ChangeService,
    private readonly sites: SitesRepository,
    private readonly inventory: InventoryService,
    private readonly scans: ScansService,
  ) {}

  /**
   * Asks for both unless they are under way; a call that asks for nothing changes nothing.
   * @throws DcmError PERMISSION_DENIED; NOT_FOUND; SITE_UNAVAILABLE while no provisioner speaks for the site.
   */
  scan({ name }: CallInput<'admin.site.scan'>, actor: AdminActor): Promise<AdminOutput<'admin.site.scan'>> {
    const what = `scan site ${name}`;
    assertPlatformAdmin(actor, what);
    return this.changes.change(async (manager, voice) => {
      const site = await this.sites.find(manager, name);
      if (site === undefined) throw notFound(what);
      assertSpeaks(site, what);
      return (await this.ask(manager, voice, { name, by: actor.principal })) ?? site;
    });
  }

  private async ask(manager: Transaction, voice: Voice, { name, by }: { name: string; by: string }) {
    const isInventoryAsked = await this.inventory.askNow(manager, voice, name);
    const isScanAsked = await this.scans.beginNow(manager, voice, name);
    if (!isInventoryAsked && !isScanAsked) return undefined;
    const site = await this.sites.touch(manager, name);
    if (site !== undefined) voice.tell(siteEntry(site, 'scan-requested', by));
    return site;
  }
}

function assertSpeaks({ state }: Site, what: string): void {
  if (state === 'registered') throw unheard(what, 'it has not announced itself yet');
  if (state === 'silent') throw unheard(what, 'it has not been heard of for some time');
}

const unheard = (what: string, cause: string): DcmError =>
  new DcmError('SITE_UNAVAILABLE', `Unable to ${what}: ${cause}`);
