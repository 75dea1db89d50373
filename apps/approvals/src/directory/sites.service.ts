import { Injectable } from '@nestjs/common';
import type { AdminActor, AdminOutput, SiteResources } from '@dcm/contracts';
import { assertPlatformAdmin, notFound } from '../admin/actor.policy';
import type { CallInput } from '../admin/ports';
import { refuseTaken } from '../database/transaction.repository';
import { ChangeService } from '../journal/change.service';
import type { JournalEntry } from '../journal/journal.entity';
import { siteEntry } from './directory.repository';
import { inventoryCommand } from './inventory.mapper';
import { ResourcesRepository } from './resources.repository';
import { SiteQueues } from './site-queues.service';
import { SitesRepository } from './sites.repository';

/** Sites exist because an administrator registered them; provisioners only attach to them. */
@Injectable()
export class SitesService {
  constructor(
    private readonly changes: ChangeService,
    private readonly sites: SitesRepository,
    private readonly resources: ResourcesRepository,
    private readonly queues: SiteQueues,
  ) {}

  /** @throws DcmError PERMISSION_DENIED; CONFLICT when the name is taken. */
  async create(input: CallInput<'admin.site.create'>, actor: AdminActor): Promise<AdminOutput<'admin.site.create'>> {
    const what = `register site ${input.name}`;
    assertPlatformAdmin(actor, what);
    const site = await refuseTaken('site_name', `Unable to ${what}: there is a site of that name`, () =>
      this.changes.change(async (manager, { tell, send }) => {
        const created = await this.sites.insert(manager, input);
        const resources = await this.resources.find(manager, input.name);
        tell(siteEntry(created, 'created', actor.principal), resourcesEntry(resources, 'created', actor.principal));
        // A provisioner that runs already announces the site along with its answer, not at its next round.
        send(inventoryCommand(created));
        return created;
      }),
    );
    this.queues.declare(site);
    return site;
  }

  /** @throws DcmError PERMISSION_DENIED; NOT_FOUND. */
  update(input: CallInput<'admin.site.update'>, actor: AdminActor): Promise<AdminOutput<'admin.site.update'>> {
    const what = `change site ${input.name}`;
    assertPlatformAdmin(actor, what);
    return this.changes.change(async (manager, { tell }) => {
      const site = await this.sites.update(manager, input.name, input);
      if (site === undefined) throw notFound(what);
      tell(siteEntry(site, 'updated', actor.principal));
      return site;
    });
  }
}

/** A site's resources as a journal entry. */
export const resourcesEntry = (resources: SiteResources, action: string, actor = 'system'): JournalEntry => ({
  noun: 'site-resources',
  id: resources.site,
  tenantId: null,
  action,
  actor,
  seq: resources.seq,
  doc: resources,
});
