import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DcmError, type AdminActor, type AdminOutput, type Publisher } from '@dcm/contracts';
import { assertPlatformAdmin } from '../admin/actor.policy';
import type { CallInput } from '../admin/ports';
import { APPROVALS_CONFIG, relayUsersOf, type ApprovalsConfig } from '../approvals.config';
import { ChangeService } from '../journal/change.service';
import type { JournalEntry } from '../journal/journal.entity';
import { PublishersRepository } from './publishers.repository';
import { TenantsRepository } from './tenants.repository';

/** Broker users that may ask for VMs: other systems, each for one tenant, and relays, which are configured. */
@Injectable()
export class PublishersService implements OnApplicationBootstrap {
  constructor(
    @Inject(APPROVALS_CONFIG) private readonly config: ApprovalsConfig,
    private readonly changes: ChangeService,
    private readonly publishers: PublishersRepository,
    private readonly tenants: TenantsRepository,
  ) {}

  onApplicationBootstrap(): Promise<void> {
    return this.syncRelays();
  }

  /** @throws DcmError PERMISSION_DENIED; NOT_FOUND for the tenant; CONFLICT when the user speaks for a tenant already. */
  create(
    input: CallInput<'admin.publisher.create'>,
    actor: AdminActor,
  ): Promise<AdminOutput<'admin.publisher.create'>> {
    const what = `register publisher ${input.userId}`;
    assertPlatformAdmin(actor, what);
    return this.changes.change(async (manager, { tell }) => {
      if ((await this.tenants.findTenant(manager, input.tenantId)) === undefined) {
        throw new DcmError('NOT_FOUND', `Unable to ${what}: there is no such tenant`, {
          details: [{ pointer: '/tenantId', message: 'there is no such tenant' }],
        });
      }
      const publisher = await this.publishers.register(manager, input.userId, input.tenantId);
      if (publisher === undefined) throw new DcmError('CONFLICT', `Unable to ${what}: the user is registered already`);
      tell(publisherEntry(publisher, 'created', actor.principal));
      return publisher;
    });
  }

  /** Makes the configured users the only relays. */
  async syncRelays(): Promise<void> {
    await this.changes.change(async (manager, { tell }) => {
      const changed = await this.publishers.setRelays(manager, relayUsersOf(this.config));
      tell(...changed.map((one) => publisherEntry(one, one.relay ? 'relay' : 'no-relay', 'configuration')));
    });
  }
}

/** A publisher is the platform's business, also one that speaks for a tenant. */
const publisherEntry = (publisher: Publisher, action: string, actor: string): JournalEntry => ({
  noun: 'publisher',
  id: publisher.userId,
  tenantId: null,
  action,
  actor,
  seq: publisher.seq,
  doc: publisher,
});
