import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReferenceFault } from './reference-fault';

/** A VM of the reference hypervisor. `uuid` may be chosen at creation and is not kept by a copy; `mark` is free text. */
export interface ReferenceVm {
  readonly nativeId: string;
  readonly uuid: string;
  readonly name: string;
  mark: string | null;
  power: 'on' | 'off' | 'suspended';
  cpus: number;
  memoryMib: number;
  disksGib: number[];
  /** True until its disks are written; only then can it be powered on. */
  building: boolean;
  toolsRunning: boolean;
  bootedAt: string | null;
}

export interface CreateRequest {
  readonly uuid: string;
  readonly name: string;
  readonly mark: string;
  readonly image: string | null;
  readonly networks: readonly string[];
  readonly storage: string;
  readonly cpus: number;
  readonly memoryMib: number;
  readonly disksGib: readonly number[];
}

export interface ReferenceHypervisorOptions {
  /** How long a creation takes, in milliseconds; default 60, so that a VM can be seen half-built. */
  readonly createMs?: number;
  readonly password?: string;
}

const legalName = /^[^/\\%\p{Cc}]{1,80}$/u;

/**
 * An honest hypervisor in memory: names are unique, creation takes time and goes on when the caller has gone, sessions end,
 * and what has no tools does not shut down softly. Each method is one remote call.
 */
export class ReferenceHypervisor {
  readonly images = new Map([['golden', { nativeId: 'image-1', version: '1', diskGib: 2 }]]);
  readonly networks = new Map([['lan', 'network-1']]);
  readonly storages = new Map([['store', 'storage-1']]);
  /** Attempts to log in, and calls that change something, that arrived so far. */
  logins = 0;
  mutations = 0;
  /** The answer of the next creation gets lost. */
  losesCreateAnswer = false;
  isUnavailable = false;
  private hanging: Promise<void> | undefined;
  private sessions = new Set<string>();
  private readonly vms = new Map<string, ReferenceVm>();
  private readonly builds = new Set<Promise<void>>();
  private lastId = 0;
  private readonly createMs: number;
  private readonly password: string;

  constructor(options: ReferenceHypervisorOptions = {}) {
    this.createMs = options.createMs ?? 60;
    this.password = options.password ?? 'reference';
  }

  async login(password: string): Promise<string> {
    this.logins += 1;
    await this.arrive();
    if (password !== this.password) throw new ReferenceFault('InvalidLogin', 'wrong user name or password');
    const session = randomUUID();
    this.sessions.add(session);
    return session;
  }

  async list(session: string): Promise<ReferenceVm[]> {
    await this.arrive(session);
    return [...this.vms.values()].map((vm) => ({ ...vm }));
  }

  async read(session: string, nativeId: string): Promise<ReferenceVm | undefined> {
    await this.arrive(session);
    const vm = this.vms.get(nativeId);
    return vm && { ...vm };
  }

  /** Resolves when the VM is built. */
  async create(session: string, request: CreateRequest): Promise<ReferenceVm> {
    await this.arrive(session, true);
    const image = request.image === null ? undefined : this.images.get(request.image);
    if (request.image !== null && image === undefined) throw new ReferenceFault('NotFound', `image ${request.image}`);
    const lacking = request.networks.find((network) => !this.networks.has(network));
    if (lacking !== undefined) throw new ReferenceFault('NotFound', `network ${lacking}`);
    const disksGib = request.disksGib.length > 0 ? [...request.disksGib] : [image?.diskGib ?? 1];
    const vm = this.insert({ ...request, disksGib });
    const isBuilt = this.build(vm);
    if (this.losesCreateAnswer) {
      this.losesCreateAnswer = false;
      throw new ReferenceFault('ConnectionLost', 'connection reset');
    }
    await isBuilt;
    return { ...vm };
  }

  async power(session: string, nativeId: string, action: 'on' | 'off' | 'suspend' | 'reset'): Promise<void> {
    await this.arrive(session, true);
    const vm = this.require(nativeId);
    const from = { on: ['off', 'suspended'], off: ['on', 'suspended'], suspend: ['on'], reset: ['on'] }[action];
    if (!from.includes(vm.power)) throw new ReferenceFault('InvalidPowerState', `${action} while ${vm.power}`);
    if (action === 'reset' || vm.power === 'off') vm.bootedAt = new Date().toISOString();
    vm.power = action === 'suspend' ? 'suspended' : action === 'off' ? 'off' : 'on';
    if (vm.power === 'off') vm.bootedAt = null;
  }

  async askGuest(session: string, nativeId: string, wish: 'shutdown' | 'reboot'): Promise<void> {
    await this.arrive(session, true);
    const vm = this.require(nativeId);
    if (vm.power !== 'on') throw new ReferenceFault('InvalidPowerState', `${wish} while ${vm.power}`);
    if (!vm.toolsRunning) throw new ReferenceFault('ToolsUnavailable', 'no tools in the guest');
    vm.power = wish === 'shutdown' ? 'off' : 'on';
    vm.bootedAt = wish === 'shutdown' ? null : new Date().toISOString();
  }

  async resize(
    session: string,
    nativeId: string,
    size: { cpus: number; memoryMib: number; disksGib: number[] },
  ): Promise<void> {
    await this.arrive(session, true);
    const vm = this.require(nativeId);
    if (vm.power !== 'off') throw new ReferenceFault('InvalidPowerState', `resize while ${vm.power}`);
    Object.assign(vm, size);
  }

  async destroy(session: string, nativeId: string): Promise<void> {
    await this.arrive(session, true);
    const vm = this.vms.get(nativeId);
    if (vm === undefined) throw new ReferenceFault('NotFound', `VM ${nativeId}`);
    if (vm.power !== 'off') throw new ReferenceFault('InvalidPowerState', `destroy while ${vm.power}`);
    this.vms.delete(nativeId);
  }

  /** The administrator's hand: no session, no remote call. */
  get everything(): ReadonlyMap<string, ReferenceVm> {
    return this.vms;
  }

  erase(nativeId: string): void {
    this.vms.delete(nativeId);
  }

  insert(
    request: Pick<ReferenceVm, 'uuid' | 'name' | 'mark' | 'cpus' | 'memoryMib'> & { disksGib: readonly number[] },
  ): ReferenceVm {
    if (!legalName.test(request.name)) throw new ReferenceFault('InvalidArgument', 'name');
    const holder = [...this.vms.values()].find((vm) => vm.name === request.name);
    if (holder !== undefined) throw new ReferenceFault('DuplicateName', holder.nativeId);
    const { uuid, name, mark, cpus, memoryMib, disksGib } = request;
    this.lastId += 1;
    const nativeId = `vm-${this.lastId}`;
    const state = { power: 'off', building: false, toolsRunning: false, bootedAt: null } as const;
    const vm: ReferenceVm = { nativeId, uuid, name, mark, cpus, memoryMib, disksGib: [...disksGib], ...state };
    this.vms.set(nativeId, vm);
    return vm;
  }

  endSessions(): void {
    this.sessions = new Set();
  }

  /** Every call hangs until the returned function is called. */
  hang(): () => void {
    let release: () => void = () => undefined;
    this.hanging = new Promise((resolve) => {
      release = resolve;
    });
    return () => {
      this.hanging = undefined;
      release();
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.builds);
  }

  private build(vm: ReferenceVm): Promise<void> {
    vm.building = true;
    const done = sleep(this.createMs).then(() => {
      vm.building = false;
      this.builds.delete(done);
    });
    this.builds.add(done);
    return done;
  }

  private require(nativeId: string): ReferenceVm {
    const vm = this.vms.get(nativeId);
    if (vm === undefined) throw new ReferenceFault('NotFound', `VM ${nativeId}`);
    if (vm.building) throw new ReferenceFault('TaskInProgress', `VM ${nativeId} is being built`);
    return vm;
  }

  private async arrive(session?: string, mutates = false): Promise<void> {
    await Promise.resolve();
    if (this.hanging !== undefined) await this.hanging;
    if (this.isUnavailable) throw new ReferenceFault('Unavailable', 'HTTP 503');
    if (session !== undefined && !this.sessions.has(session))
      throw new ReferenceFault('NotAuthenticated', 'no session');
    if (mutates) this.mutations += 1;
  }
}
