import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReferenceFault } from './reference-fault';
import { ReferenceNetwork, type ChangeKind } from './reference-network';
import {
  dropSnapshot,
  returnTo,
  takeSnapshot,
  type CreateRequest,
  type ReferenceSnapshot,
  type ReferenceVm,
  type Wishes,
} from './reference-vm';

export type { CreateRequest, ReferenceVm } from './reference-vm';

export interface ReferenceHypervisorOptions {
  /** How long a creation takes, in milliseconds; default 60, so that a VM can be seen half-built. */
  readonly createMs?: number;
  readonly password?: string;
}

/** What VMs are copied from; only UEFI knows secure boot. */
export interface ReferenceImage {
  readonly nativeId: string;
  readonly version: string;
  readonly diskGib: number;
  readonly isUefi: boolean;
  readonly joinsDomains: boolean;
}

const legalName = /^[^/\\%\p{Cc}]{1,80}$/u;

/**
 * An honest hypervisor in memory: names are unique, creation takes time and goes on when the caller has gone, sessions end,
 * and what has no tools does not shut down softly. Each method is one remote call.
 */
export class ReferenceHypervisor {
  readonly images: ReadonlyMap<string, ReferenceImage> = new Map([
    ['golden', { nativeId: 'image-1', version: '1', diskGib: 2, isUefi: true, joinsDomains: true }],
    ['legacy', { nativeId: 'image-2', version: '1', diskGib: 2, isUefi: false, joinsDomains: false }],
  ]);
  readonly networks = new Map([['lan', 'network-1']]);
  readonly storages = new Map([['store', 'storage-1']]);
  readonly network = new ReferenceNetwork();
  /** Attempts to log in that arrived so far. */
  logins = 0;
  /** Whether accounts see VMs; to one that does not, nothing is there. */
  showsVms = true;
  private readonly watchers = new Set<(nativeId: string) => void>();
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

  /** Calls that changed something. */
  get mutations(): number {
    return this.network.mutations;
  }

  set isUnavailable(is: boolean) {
    this.network.isUnavailable = is;
  }

  /** The answer of the next creation gets lost. */
  set losesCreateAnswer(loses: boolean) {
    this.network.loseAnswer('create', loses);
  }

  async login(password: string): Promise<string> {
    await this.arrive();
    this.logins += 1;
    if (password !== this.password) throw new ReferenceFault('InvalidLogin', 'wrong user name or password');
    const session = randomUUID();
    this.sessions.add(session);
    return session;
  }

  async list(session: string): Promise<ReferenceVm[]> {
    await this.arrive(session);
    return this.showsVms ? [...this.vms.values()].map((vm) => ({ ...vm })) : [];
  }

  async read(session: string, nativeId: string): Promise<ReferenceVm | undefined> {
    await this.arrive(session);
    const vm = this.showsVms ? this.vms.get(nativeId) : undefined;
    return vm && { ...vm };
  }

  /** Whether the account may see VMs: what is not seen is not there only if so. */
  async maySeeVms(session: string): Promise<boolean> {
    await this.arrive(session);
    return this.showsVms;
  }

  /** Resolves when the VM is built. */
  async create(session: string, request: CreateRequest): Promise<ReferenceVm> {
    await this.arrive(session, 'create');
    const image = request.image === null ? undefined : this.images.get(request.image);
    if (request.image !== null && image === undefined) throw new ReferenceFault('NotFound', `image ${request.image}`);
    const lacking = request.networks.find((network) => !this.networks.has(network));
    if (lacking !== undefined) throw new ReferenceFault('NotFound', `network ${lacking}`);
    const disksGib = request.disksGib.length > 0 ? [...request.disksGib] : [image?.diskGib ?? 1];
    const vm = this.insert({ ...request, disksGib, wishes: keptOf(request.wishes, image) });
    const isBuilt = this.build(vm);
    this.network.answer('create');
    await isBuilt;
    return { ...vm };
  }

  async power(session: string, nativeId: string, action: 'on' | 'off' | 'suspend' | 'reset'): Promise<void> {
    await this.arrive(session, 'power');
    const vm = this.require(nativeId);
    const from = { on: ['off', 'suspended'], off: ['on', 'suspended'], suspend: ['on'], reset: ['on'] }[action];
    if (!from.includes(vm.power)) throw new ReferenceFault('InvalidPowerState', `${action} while ${vm.power}`);
    if (action === 'reset' || vm.power === 'off') vm.bootedAt = new Date().toISOString();
    vm.power = action === 'suspend' ? 'suspended' : action === 'off' ? 'off' : 'on';
    if (vm.power === 'off') vm.bootedAt = null;
    this.changed(nativeId, 'power');
  }

  async askGuest(session: string, nativeId: string, wish: 'shutdown' | 'reboot'): Promise<void> {
    await this.arrive(session, 'power');
    const vm = this.require(nativeId);
    if (vm.power !== 'on') throw new ReferenceFault('InvalidPowerState', `${wish} while ${vm.power}`);
    if (!vm.toolsRunning) throw new ReferenceFault('ToolsUnavailable', 'no tools in the guest');
    vm.power = wish === 'shutdown' ? 'off' : 'on';
    vm.bootedAt = wish === 'shutdown' ? null : new Date().toISOString();
    this.changed(nativeId, 'power');
  }

  async resize(
    session: string,
    nativeId: string,
    size: Partial<Pick<ReferenceVm, 'cpus' | 'memoryMib' | 'disksGib'>>,
  ): Promise<void> {
    await this.arrive(session, 'resize');
    const vm = this.require(nativeId);
    if (vm.power !== 'off') throw new ReferenceFault('InvalidPowerState', `resize while ${vm.power}`);
    Object.assign(vm, size);
    this.changed(nativeId, 'resize');
  }

  async destroy(session: string, nativeId: string): Promise<void> {
    await this.arrive(session, 'delete');
    const vm = this.require(nativeId);
    if (vm.power !== 'off') throw new ReferenceFault('InvalidPowerState', `destroy while ${vm.power}`);
    this.vms.delete(nativeId);
    this.changed(nativeId, 'delete');
  }

  /** Names need not be unique. */
  async snapshot(session: string, nativeId: string, name: string): Promise<void> {
    await this.arrive(session, 'snapshot');
    takeSnapshot(this.require(nativeId), name);
    this.changed(nativeId, 'snapshot');
  }

  async revert(session: string, nativeId: string, name: string): Promise<void> {
    await this.arrive(session, 'snapshot');
    returnTo(this.require(nativeId), this.snapshotOf(nativeId, name));
    this.changed(nativeId, 'snapshot');
  }

  async removeSnapshot(session: string, nativeId: string, name: string): Promise<void> {
    await this.arrive(session, 'snapshot');
    dropSnapshot(this.require(nativeId), this.snapshotOf(nativeId, name));
    this.changed(nativeId, 'snapshot');
  }

  async openScreen(session: string, nativeId: string): Promise<string> {
    await this.arrive(session);
    this.require(nativeId);
    return `wss://reference.example/screen/${randomUUID()}`;
  }

  /** Tells which VMs change, from now on. @returns what ends it */
  async watch(session: string, tell: (nativeId: string) => void): Promise<() => void> {
    await this.arrive(session);
    this.watchers.add(tell);
    return () => void this.watchers.delete(tell);
  }

  /** After a change, whoever made it; its answer may get lost. */
  changed(nativeId: string, kind?: ChangeKind): void {
    for (const tell of this.watchers) tell(nativeId);
    if (kind !== undefined) this.network.answer(kind);
  }

  /** The administrator's hand: no session, no remote call. */
  get everything(): ReadonlyMap<string, ReferenceVm> {
    return this.vms;
  }

  erase(nativeId: string): void {
    this.vms.delete(nativeId);
  }

  insert(
    request: Pick<ReferenceVm, 'uuid' | 'name' | 'mark' | 'cpus' | 'memoryMib'> & {
      disksGib: readonly number[];
      wishes?: Wishes;
    },
  ): ReferenceVm {
    if (!legalName.test(request.name)) throw new ReferenceFault('InvalidArgument', 'name');
    const holder = [...this.vms.values()].find((vm) => vm.name === request.name);
    if (holder !== undefined) throw new ReferenceFault('DuplicateName', holder.nativeId);
    const { uuid, name, mark, cpus, memoryMib, disksGib, wishes = {} } = request;
    this.lastId += 1;
    const nativeId = `vm-${this.lastId}`;
    const vm: ReferenceVm = {
      ...{ nativeId, uuid, name, mark, cpus, memoryMib, disksGib: [...disksGib] },
      ...{ power: 'off', building: false, toolsRunning: false, bootedAt: null },
      ...{ mac: `02:00:00:00:${hex(this.lastId >> 8)}:${hex(this.lastId & 255)}`, addresses: [] },
      ...{ snapshots: [], currentSnapshot: null, wishes },
    };
    this.vms.set(nativeId, vm);
    return vm;
  }

  endSessions(): void {
    this.sessions = new Set();
  }

  /** The peer of every open connection is gone, without a word. */
  vanish(): void {
    this.network.vanish(this.sessions);
  }

  /** Every call hangs until the returned function is called. */
  hang(): () => void {
    return this.network.hang();
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

  private snapshotOf(nativeId: string, name: string): ReferenceSnapshot {
    const found = this.vms.get(nativeId)?.snapshots.find((one) => one.name === name);
    if (found === undefined) throw new ReferenceFault('NoSuchSnapshot', name);
    return found;
  }

  private async arrive(session?: string, kind?: ChangeKind): Promise<void> {
    await this.network.arrive(session, kind);
    if (session !== undefined && !this.sessions.has(session))
      throw new ReferenceFault('NotAuthenticated', 'no session');
    if (kind !== undefined) this.network.mutations += 1;
  }
}

/** What an image lets a VM have of its wishes; without one it has none. */
const keptOf = ({ isLinked, startsSecurely, domain = null }: Wishes, image: ReferenceImage | undefined): Wishes =>
  image === undefined
    ? {}
    : {
        isLinked: isLinked === true,
        startsSecurely: image.isUefi && startsSecurely === true,
        domain: image.joinsDomains ? domain : null,
      };

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
