import type { VmmOptions, JobKind } from '../options';
import { Clock } from './clock';
import { VmmError } from './errors';
import { seedFabric, type Fabric } from './fabric';
import { Guest, type GuestBehaviour } from './guest';
import { Job, type JobPlan } from './job';
import { Library } from './library';
import { Machine } from './machine';
import { Mutexes } from './mutexes';
import { KIND, type Owner, type UserRole } from './objects';
import type { Locale } from './texts';
import { randomUUID } from 'node:crypto';

/** How many jobs are remembered, newest first to be kept. */
const KEPT_JOBS = 5000;
const JOB_MS: Readonly<Record<JobKind, number>> = {
  create: 120,
  start: 40,
  stop: 40,
  shutdown: 40,
  save: 40,
  suspend: 20,
  delete: 60,
  update: 20,
  disk: 40,
  checkpoint: 40,
  refresh: 20,
};
const GUESTS: GuestBehaviour = { tools: 'running', bootMs: 100, addressMs: 50 };

/** A job to be started: as in its plan, with the kind that tells its duration. */
export type Work = Omit<JobPlan, 'durationMs'> & { readonly kind: JobKind };

/** A Virtual Machine Manager server: what it knows, and the jobs that change it. */
export class Vmm {
  readonly name = 'vmm01.contoso.test';
  readonly clock: Clock;
  readonly fabric: Fabric;
  readonly library = new Library();
  readonly mutexes = new Mutexes();
  readonly account: string;
  locale: Locale;
  jobMs: Record<JobKind, number>;
  guests: GuestBehaviour;
  /** Whether the account's role has lost its scope: then it sees no host, cloud or VM, and is told no error. */
  hasNoScope = false;
  /** Whether the account is in no role any more: then it cannot connect. */
  hasNoRole = false;
  /** Creations to come that fail with these errors, in order. */
  readonly creationFailures: VmmError[] = [];
  /** Creations to come that end with SucceedWithInfo, in order. */
  readonly remarks: VmmError[] = [];
  /** Changes that wait for the command that ends their group, by JobGroup. */
  readonly groups = new Map<string, ((machine: Machine) => void)[]>();
  private all: Machine[] = [];
  private readonly tasks: Job[] = [];
  private lastMac = 0x010000;

  constructor(options: VmmOptions = {}) {
    this.clock = new Clock(options.speed ?? 1);
    this.locale = options.locale ?? 'en';
    this.account = options.account ?? 'CONTOSO\\svc-dcm';
    this.jobMs = { ...JOB_MS, ...options.jobMs };
    this.guests = { ...GUESTS, ...options.guests };
    this.fabric = seedFabric(options, () => this.all);
    for (let number = 1; number <= (options.vms ?? 0); number += 1) this.addStranger(`stranger-${number}`);
  }

  /** Every VM record, whoever may see it. */
  get machines(): readonly Machine[] {
    return this.all;
  }

  /** VM records that the account may see. */
  get visibleMachines(): readonly Machine[] {
    return this.hasNoScope ? [] : this.all;
  }

  get jobs(): readonly Job[] {
    return this.tasks;
  }

  get roles(): readonly UserRole[] {
    const { groups, clouds } = this.fabric;
    const scope = this.hasNoScope ? { HostGroup: [], Cloud: [] } : { HostGroup: groups, Cloud: clouds };
    return [
      {
        [KIND]: 'UserRole',
        ID: this.roleId,
        Name: 'DCM',
        UserRoleProfile: 'DelegatedAdmin',
        Members: [this.account],
        ...scope,
      },
    ];
  }

  private readonly roleId = randomUUID();

  /** The VM of a part. @throws VmmError 801 when it is gone. */
  ownerOf({ VM: { ID } }: { readonly VM: Owner }): Machine {
    const found = this.all.find((machine) => machine.ID === ID);
    if (found === undefined) throw new VmmError(801, ['VirtualMachine', ID]);
    return found;
  }

  add(machine: Machine): void {
    machine.guest ??= new Guest(machine, () => this.guests, this.clock);
    this.all = [...this.all, machine];
  }

  drop(machine: Machine): void {
    machine.isGone = true;
    machine.guest?.halt();
    this.all = this.all.filter((one) => one !== machine);
  }

  /** @throws VmmError 2606 when another job holds the target. */
  start({ kind, ...plan }: Work): Job {
    if (plan.target.busy !== undefined) throw new VmmError(2606, []);
    const job = new Job({ ...plan, durationMs: this.jobMs[kind] }, this.site(this.account));
    plan.target.busy = job;
    plan.target.MostRecentTask = job;
    this.remember(job);
    return job;
  }

  private site(owner: string): ConstructorParameters<typeof Job>[1] {
    return { clock: this.clock, locale: () => this.locale, owner };
  }

  private remember(job: Job): void {
    this.tasks.unshift(job);
    this.tasks.length = Math.min(this.tasks.length, KEPT_JOBS);
  }

  /** Remembers what somebody did by hand as a job that is over, as the console leaves one. */
  note(name: string, target: Machine): void {
    this.remember(Job.over({ name, cmdlet: name, target }, this.site(target.Owner)));
  }

  /** A powered-off VM of somebody else, with nothing in it. */
  addStranger(name: string): Machine {
    const host = this.fabric.hosts[this.all.length % this.fabric.hosts.length];
    const store = host?.DiskVolumes[0]?.store;
    const operatingSystem = this.fabric.systems[0];
    if (host === undefined || store === undefined || operatingSystem === undefined) {
      throw new Error('A simulator without hosts has no VMs');
    }
    const spec = { name, description: '', owner: 'CONTOSO\\admin', cpus: 1, memoryMb: 512, generation: 2 } as const;
    const machine = new Machine({ ...spec, operatingSystem, host, store, cloud: null }, this.clock.now());
    this.add(machine);
    return machine;
  }

  /** A MAC address from the range of Hyper-V. */
  nextMac(): string {
    this.lastMac += 1;
    const tail = [16, 8, 0].map((shift) => ((this.lastMac >> shift) & 255).toString(16).padStart(2, '0').toUpperCase());
    return ['00', '15', '5D', ...tail].join(':');
  }

  /** What the next creation has to say beside its success, once. */
  creationInformation(): VmmError | undefined {
    return this.remarks.shift();
  }

  stop(): void {
    this.clock.stop();
  }
}
