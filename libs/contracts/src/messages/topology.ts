import type { Visibility } from '../domain/visibility';

/** The names of exchanges, queues and routing keys. Who may publish where stands in the design's table of exchanges. */
export const exchanges = {
  requests: 'dcm.requests',
  admin: 'dcm.admin',
  provisioning: 'dcm.provisioning',
  facts: 'dcm.facts',
  control: 'dcm.control',
  events: 'dcm.events',
  journal: 'dcm.journal',
  dead: 'dcm.dead',
} as const;
export type ExchangeName = (typeof exchanges)[keyof typeof exchanges];

export const queues = {
  requests: 'approvals.requests',
  admin: 'approvals.admin',
  facts: 'approvals.facts',
  discovery: 'approvals.discovery',
  control: 'approvals.control',
  dead: 'approvals.dead',
  projection: 'gateway.projection',
  provisioner: (platform: string, site: string): string => `provisioner.${platform}.${site}`,
  provisionerReads: (platform: string, site: string): string => `provisioner.${platform}.${site}.read`,
} as const;

/** Keys of messages that belong to a site. */
export const siteKeys = {
  work: (platform: string, site: string): string => `${platform}.${site}`,
  reads: (platform: string, site: string): string => `${platform}.${site}.read`,
  fact: (platform: string, site: string, kind: string): string => `${platform}.${site}.${kind}`,
  control: (platform: string, site: string, verb: 'claim' | 'renew'): string => `${platform}.${site}.${verb}`,
} as const;

/**
 * `<tenant>.<noun>.changed`; what belongs to no tenant bears the word `system`, or `restricted` where not every tenant sees it: who listens to
 * a tenant's and the system's events is not told of it.
 */
export const eventKey = (tenantId: string | null, noun: string, visibility: Visibility = 'all'): string =>
  `${tenantId ?? (visibility === 'all' ? 'system' : 'restricted')}.${noun}.changed`;
