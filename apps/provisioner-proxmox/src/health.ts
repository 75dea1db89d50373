import type { SiteHealth } from '@dcm/contracts';
import type { Access } from './access';
import type { Inventory } from './inventory';
import { holds, missingPrivileges, SEE, vmsPath, type Permissions } from './privilege.policy';
import { isRefusal } from './outcome.errors';
import { Refused } from './proxmox.errors';
import type { ProxmoxSite } from './proxmox.config';
import { readFlag, readRecord } from './reader.mapper';
import { readVersion } from './version.mapper';

/** Whether the site can do work. What keeps it from that is an answer; only the caller's withdrawal is thrown. */
export class Health {
  constructor(
    private readonly inventory: Inventory,
    private readonly options: ProxmoxSite['options'],
    private readonly describe: (error: unknown) => string,
  ) {}

  async check(access: Access): Promise<SiteHealth> {
    const health = { reachable: false, loggedIn: false, missingPrivileges: [], detail: '', latencyMs: null };
    try {
      // Logs in, where that is to be done.
      await access.get(['version']);
      const startedAt = performance.now();
      const version = await access.get(['version']);
      const latencyMs = Math.round((performance.now() - startedAt) * 10) / 10;
      return { ...health, reachable: true, loggedIn: true, latencyMs, ...(await this.rights(access, version)) };
    } catch (error) {
      access.requireCaller();
      return { ...health, reachable: isRefusal(error), detail: this.describe(error) };
    }
  }

  /** What must be visible so that a VM that is not listed is really gone. @throws Refused MISSING_PRIVILEGE */
  async requireSight(access: Access): Promise<void> {
    const path = vmsPath(this.options);
    if (holds(await readPermissions(access), path, SEE)) return;
    throw new Refused('MISSING_PRIVILEGE', `the account lacks the privilege ${SEE} on ${path}`);
  }

  private async rights(access: Access, version: unknown): Promise<Pick<SiteHealth, 'missingPrivileges' | 'detail'>> {
    try {
      const [permissions, { storages, images, nodes }] = await Promise.all([
        readPermissions(access),
        this.inventory.places(access, true),
      ]);
      const missing = missingPrivileges(permissions, {
        majorVersion: readVersion(version).major,
        pool: this.options.pool,
        storages: [...new Set(storages.filter(({ content }) => content.has('images')).map(({ name }) => name))],
        templates: images.map(({ vmid }) => vmid),
      });
      const asleep = nodes.filter(({ isOnline }) => !isOnline).map(({ name }) => name);
      const troubles = [
        ...(missing.length > 0 ? ['the account lacks privileges'] : []),
        ...(asleep.length > 0 ? [`nodes are offline: ${asleep.join(', ')}`] : []),
      ];
      return { missingPrivileges: missing, detail: troubles.length === 0 ? 'ok' : troubles.join('; ') };
    } catch (error) {
      access.requireCaller();
      return { missingPrivileges: [], detail: this.describe(error) };
    }
  }
}

/** GET /access/permissions: the account's own, by path, with whether each holds below it too. */
async function readPermissions(access: Access): Promise<Permissions> {
  const paths = readRecord(await access.get(['access', 'permissions']));
  return new Map(
    Object.entries(paths).map(([path, privileges]) => [
      path,
      new Map(Object.entries(readRecord(privileges)).map(([name, propagates]) => [name, readFlag(propagates)])),
    ]),
  );
}
