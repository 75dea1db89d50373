import type {
  Image,
  Policy,
  Project,
  Publisher,
  Site,
  SiteResources,
  Size,
  Tenant,
  TenantId,
  Visibility,
} from '@dcm/contracts';

const iso = (at: Date): string => at.toISOString();
const isoOrNull = (at: Date | null): string | null => at?.toISOString() ?? null;

export interface TenantRow {
  id: Tenant['id'];
  name: string;
  created_at: Date;
  seq: number;
}
export const tenantOf = (row: TenantRow): Tenant => ({
  id: row.id,
  name: row.name,
  createdAt: iso(row.created_at),
  seq: row.seq,
});

export interface SiteRow {
  name: Site['name'];
  platform: Site['platform'];
  max_concurrent: number;
  publisher: string | null;
  draining: boolean;
  silent: boolean;
  description: Site['description'];
  sealing_key: string | null;
  announced_at: Date | null;
  paused_until: Date | null;
  pause_reason: string | null;
  scan: Site['scan'];
  created_at: Date;
  seq: number;
}

/** What matters most to whoever wants work done there comes first. */
const siteStateOf = (row: SiteRow): Site['state'] => {
  if (row.draining) return 'draining';
  if (row.announced_at === null) return 'registered';
  if (row.silent) return 'silent';
  return row.paused_until === null ? 'online' : 'paused';
};

export const siteOf = (row: SiteRow): Site => ({
  name: row.name,
  platform: row.platform,
  state: siteStateOf(row),
  maxConcurrent: row.max_concurrent,
  description: row.description,
  sealingKey: row.sealing_key,
  announcedAt: isoOrNull(row.announced_at),
  pausedUntil: isoOrNull(row.paused_until),
  pauseReason: row.pause_reason,
  scan: row.scan,
  createdAt: iso(row.created_at),
  seq: row.seq,
});

export interface ProjectRow {
  id: Project['id'];
  tenant_id: Project['tenantId'];
  name: string;
  site: Project['site'];
  platform: Project['platform'];
  policy: Policy;
  created_at: Date;
  seq: number;
}
export const projectOf = (row: ProjectRow): Project => ({
  id: row.id,
  tenantId: row.tenant_id,
  name: row.name,
  site: row.site,
  platform: row.platform,
  policy: row.policy,
  createdAt: iso(row.created_at),
  seq: row.seq,
});

const visibilityOf = ({ visible_to: tenants }: Pick<ImageRow, 'visible_to'>): Visibility =>
  tenants === null ? 'all' : { tenants };

/** The tenants that see a thing; null: all. */
export const visibleTo = (visibility: Visibility = 'all'): TenantId[] | null =>
  visibility === 'all' ? null : visibility.tenants;

export interface ImageRow {
  id: Image['id'];
  name: string;
  templates: Image['templates'];
  versions: NonNullable<Image['versions']>;
  guest_os: string | null;
  description: string | null;
  defaults: NonNullable<Image['defaults']>;
  minimums: NonNullable<Image['minimums']>;
  state: NonNullable<Image['state']>;
  visible_to: TenantId[] | null;
  created_at: Date;
  seq: number;
}
export const imageOf = (row: ImageRow): Image => ({
  id: row.id,
  name: row.name,
  templates: row.templates,
  versions: row.versions,
  ...(row.guest_os !== null && { guestOs: row.guest_os }),
  ...(row.description !== null && { description: row.description }),
  defaults: row.defaults,
  minimums: row.minimums,
  state: row.state,
  visibility: visibilityOf(row),
  createdAt: iso(row.created_at),
  seq: row.seq,
});

export interface SizeRow {
  name: string;
  cpus: number;
  memory_mib: number;
  visible_to: TenantId[] | null;
  seq: number;
}
export const sizeOf = (row: SizeRow): Size => ({
  name: row.name,
  cpus: row.cpus,
  memoryMib: row.memory_mib,
  visibility: visibilityOf(row),
  seq: row.seq,
});

export interface PublisherRow {
  user_id: string;
  tenant_id: Publisher['tenantId'];
  relay: boolean;
  created_at: Date;
  seq: number;
}
export const publisherOf = (row: PublisherRow): Publisher => ({
  userId: row.user_id,
  tenantId: row.tenant_id,
  relay: row.relay,
  createdAt: iso(row.created_at),
  seq: row.seq,
});

export interface SiteResourcesRow {
  site: SiteResources['site'];
  pools: SiteResources['pools'];
  observed_at: Date | null;
  seq: number;
}
export const siteResourcesOf = (row: SiteResourcesRow): SiteResources => ({
  site: row.site,
  pools: row.pools,
  observedAt: isoOrNull(row.observed_at),
  seq: row.seq,
});
