import { exchanges, siteKeys } from '@dcm/contracts';
import { toMessage, type OutboxMessage } from '@dcm/messaging';
import { newId } from '@dcm/runtime';

/** Asks a site what it offers. Its provisioner announces it along with the answer. */
export const inventoryCommand = (site: { readonly name: string; readonly platform: string }): OutboxMessage =>
  toMessage({
    exchange: exchanges.provisioning,
    routingKey: siteKeys.reads(site.platform, site.name),
    type: 'io.dcm.command.inventory.v1',
    source: '/dcm/approvals',
    subject: site.name,
    data: { requestId: newId(), site: site.name },
    mandatory: true,
  });
