import type { SiteHealth } from '@dcm/contracts';
import type { Access } from './access';
import { SERVICE_INSTANCE, type ManagedObjectReference } from './client/managed.object';
import { readList, readRecord, readReference, readString } from './client/reader';
import type { Inventory } from './inventory';
import { MAKE_FOLDER, missingPrivileges, PRIVILEGES, SEE, type Granted } from './privilege.policy';
import type { SiteOptions } from './vsphere.config';
import { isOperationMissing, isRefusal, Refused } from './vsphere.errors';

/** Of many pools, datastores and networks, some are enough to see whether a right was given. */
const ASKED_PER_KIND = 20;

/** Whether the site can do work. What keeps it from that is an answer; only the caller's withdrawal is thrown. */
export class Health {
  constructor(
    private readonly inventory: Inventory,
    private readonly options: SiteOptions,
    private readonly describe: (error: unknown) => string,
  ) {}

  async check(access: Access): Promise<SiteHealth> {
    const health = { reachable: false, loggedIn: false, missingPrivileges: [], detail: '', latencyMs: null };
    try {
      await access.client.content(access.signal);
      const startedAt = performance.now();
      await access.read('CurrentTime', SERVICE_INSTANCE);
      const latencyMs = Math.round((performance.now() - startedAt) * 10) / 10;
      return { ...health, reachable: true, loggedIn: true, latencyMs, ...(await this.rights(access)) };
    } catch (error) {
      access.requireCaller();
      return { ...health, reachable: isRefusal(error), detail: this.describe(error) };
    }
  }

  /** What must be visible so that a VM that is not listed is really gone. @throws Refused MISSING_PRIVILEGE */
  async requireSight(access: Access): Promise<void> {
    const { datacenter } = await this.inventory.places(access, true);
    const entities = [datacenter.vmFolder, ...(await this.ownFolder(access, datacenter.vmFolder))];
    const granted = await this.granted(access, entities, SEE);
    for (const entity of entities) {
      const lost = SEE.find((privilege) => granted?.get(entity.value)?.has(privilege) === false);
      if (lost === undefined) continue;
      throw new Refused('MISSING_PRIVILEGE', `the account lacks the privilege ${lost} on the folder ${entity.value}`);
    }
  }

  private async rights(access: Access): Promise<Pick<SiteHealth, 'missingPrivileges' | 'detail'>> {
    try {
      const missing = await this.missing(access);
      if (missing === undefined) return { missingPrivileges: [], detail: 'the server does not tell privileges' };
      return { missingPrivileges: missing, detail: missing.length === 0 ? 'ok' : 'the account lacks privileges' };
    } catch (error) {
      access.requireCaller();
      return { missingPrivileges: [], detail: this.describe(error) };
    }
  }

  private async missing(access: Access): Promise<string[] | undefined> {
    const { datacenter, pools, datastores, networks } = await this.inventory.places(access, true);
    const root = datacenter.vmFolder;
    const own = await this.ownFolder(access, root);
    const some = (all: readonly { ref: ManagedObjectReference }[]): ManagedObjectReference[] =>
      all.slice(0, ASKED_PER_KIND).map(({ ref }) => ref);
    const places = {
      folder: own.length > 0 ? own : [root],
      pool: some(pools),
      datastore: some(datastores),
      network: some(networks),
    };
    const asked = [MAKE_FOLDER, ...Object.values(PRIVILEGES).flat()];
    const granted = await this.granted(access, [root, ...Object.values(places).flat()], asked);
    if (granted === undefined) return undefined;
    const mustMake = own.length === 0 && this.options.createFolder;
    const cannotMake = mustMake && granted.get(root.value)?.has(MAKE_FOLDER) !== true;
    return [...(cannotMake ? [MAKE_FOLDER] : []), ...missingPrivileges(places, granted)];
  }

  /** The site's folder for VMs, once it was made. */
  private async ownFolder(access: Access, root: ManagedObjectReference): Promise<ManagedObjectReference[]> {
    const { searchIndex } = await access.client.content(access.signal);
    let folder: ManagedObjectReference | undefined = root;
    for (const name of this.options.folder.split('/')) {
      folder = readReference(await access.read('FindChild', searchIndex, { entity: folder, name }));
      if (folder?.type !== 'Folder') return [];
    }
    return [folder];
  }

  /** HasPrivilegeOnEntities; undefined where the server does not have it. */
  private async granted(
    access: Access,
    entity: readonly ManagedObjectReference[],
    privId: readonly string[],
  ): Promise<Granted | undefined> {
    const { authorizationManager } = await access.client.content(access.signal);
    if (authorizationManager === undefined) return undefined;
    const sessionId = await access.client.sessionKey(access.signal);
    try {
      const answer = await access.read('HasPrivilegeOnEntities', authorizationManager, { entity, sessionId, privId });
      return new Map(readList(answer).map((one) => readGranted(one)));
    } catch (error) {
      if (isOperationMissing(error)) return undefined;
      throw error;
    }
  }
}

function readGranted(data: unknown): readonly [string, ReadonlySet<string>] {
  const { entity, privAvailability } = readRecord(data);
  const granted = readList(privAvailability)
    .map(readRecord)
    .filter(({ isGranted }) => isGranted === true);
  return [readReference(entity)?.value ?? '', new Set(granted.map(({ privId }) => readString(privId) ?? ''))];
}
