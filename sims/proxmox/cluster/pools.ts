import { badParameters, failure } from '../api.error';

export interface Pool {
  readonly id: string;
  comment?: string;
  readonly vmids: Set<number>;
  readonly storages: Set<string>;
}

/** Resource pools: a VM is in one at most. */
export class Pools {
  readonly #pools = new Map<string, Pool>();

  all(): readonly Pool[] {
    return [...this.#pools.values()];
  }

  get(id: string): Pool | undefined {
    return this.#pools.get(id);
  }

  /** @throws ApiError 500 for a name that is taken. */
  add(id: string, comment?: string): Pool {
    if (this.#pools.has(id)) throw failure(`create pool failed: pool '${id}' already exists`);
    const pool = {
      id,
      ...(comment === undefined ? {} : { comment }),
      vmids: new Set<number>(),
      storages: new Set<string>(),
    };
    this.#pools.set(id, pool);
    return pool;
  }

  /** @throws ApiError 400 for one that does not exist. */
  existing(id: string): Pool {
    const pool = this.#pools.get(id);
    if (pool === undefined) throw badParameters({ poolid: `no such pool '${id}'` });
    return pool;
  }

  remove(id: string): void {
    this.#pools.delete(id);
  }

  ofVm(vmid: number): Pool | undefined {
    return this.all().find((pool) => pool.vmids.has(vmid));
  }

  /** Takes a VM out of its pool. */
  forget(vmid: number): void {
    for (const pool of this.#pools.values()) pool.vmids.delete(vmid);
  }

  /** Names of the pools that a path of the access lists belongs to. */
  ofPath(path: string): readonly string[] {
    const found: string[] = [];
    for (const pool of this.#pools.values()) if (isIn(pool, path)) found.push(pool.id);
    return found;
  }
}

const VMS = '/vms/';
const STORAGES = '/storage/';

function isIn(pool: Pool, path: string): boolean {
  if (path.startsWith(VMS)) return pool.vmids.has(Number(path.slice(VMS.length)));
  return path.startsWith(STORAGES) && pool.storages.has(path.slice(STORAGES.length));
}
