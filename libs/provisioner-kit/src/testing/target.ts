import type { HypervisorPort, PowerState, VmSpec } from '@dcm/contracts';

/** A VM as the platform itself shows it, by a way that does not go through the adapter. */
export interface NativeVm {
  readonly nativeId: string;
  readonly name: string;
  readonly power: PowerState;
}

/** An administrator with the platform's own tools: acts behind the adapter's back. */
export interface TargetAdmin {
  /** Every VM, templates left out, half-built ones included. */
  listVms(): Promise<readonly NativeVm[]>;
  /**
   * A powered-off VM without a mark, where a VM of `aVm` would be made: it holds what must be unique there, a name, or the native id of
   * the number that was given out last.
   */
  createStranger(name: string): Promise<NativeVm>;
  /** Removes the ownership mark and nothing else. */
  removeMark(nativeId: string): Promise<void>;
  /** Deletes a VM in any power state. */
  deleteVm(nativeId: string): Promise<void>;
  /** Clones a VM with the vendor's own function; what that copies of the mark is copied. */
  copyVm(nativeId: string, name: string): Promise<NativeVm>;
  /** Gives a VM another name. */
  renameVm(nativeId: string, name: string): Promise<void>;
  /** Forces a power state. */
  setPower(nativeId: string, power: 'on' | 'off' | 'suspended'): Promise<void>;
  /** Whether the VM's disks stand on its image's. */
  isLinked(nativeId: string): Promise<boolean>;
  /** Whether the VM starts only systems that bear a signature it trusts. */
  startsSecurely(nativeId: string): Promise<boolean>;
  /** Whether the guest has joined this domain, or the platform was told to let it. It may power the VM on to see. */
  joins(nativeId: string, domain: string): Promise<boolean>;
}

/** What can be made to go wrong. A target offers each, or declares in `limits` why it cannot. */
export interface TargetFaults {
  /** The next call that creates a VM takes effect, and its answer is lost with the connection. */
  loseCreateAnswer(): Promise<void>;
  /** Every call hangs until the returned function is called. */
  hang(): Promise<() => Promise<void>>;
  /** Every call is answered with HTTP 503 (or the platform's equal) until the returned function is called. */
  answerUnavailable(): Promise<() => Promise<void>>;
  /** Ends every session that is open on the platform. */
  expireSessions(): Promise<void>;
  /** A fresh adapter with a password that the platform refuses; `logins` counts the attempts that reached the platform. */
  wrongPassword(): Promise<{ port: HypervisorPort; logins: () => number }>;
  /** How many calls that change something have reached the platform so far. */
  mutations(): Promise<number>;
  /** The next change of this kind takes effect, and its answer is lost with the connection. */
  loseAnswer(change: 'power' | 'resize' | 'delete' | 'snapshot'): Promise<void>;
  /** The next call that changes something is held up on its way until it is released. */
  holdChange(): Promise<{ arrived: Promise<void>; release: () => void }>;
  /** A fresh adapter to which the site shows another certificate than is pinned; `requests` counts what it asked nevertheless. */
  untrusted(): Promise<{ port: HypervisorPort; requests: () => number }>;
  /** Nobody listens until the returned function is called. */
  refuseConnections(): Promise<() => Promise<void>>;
  /** Connections are accepted and never answered, open ones too, until the returned function is called. */
  halfOpen(): Promise<() => Promise<void>>;
  /** Of every connection that is open the peer is gone, and nobody is told; new ones work. */
  loseConnections(): Promise<void>;
  /** Every answer takes its time (but comes) until the returned function is called. */
  slow(): Promise<() => Promise<void>>;
  /** The account may not see VMs any more, as the platform shows that, until the returned function is called. */
  hideVms(): Promise<() => Promise<void>>;
  /** What the guest of a VM tells its platform from now on. */
  guest(nativeId: string, report: GuestReport): Promise<void>;
  /** A second VM that bears the mark of the first and passes for the original as much as that one does. */
  duplicate(nativeId: string, name: string): Promise<NativeVm>;
  /** A fresh adapter before a site with many VMs, with their native ids; closing it is the behaviour's. */
  crowd(): Promise<{ port: HypervisorPort; nativeIds: readonly string[]; close: () => Promise<void> }>;
}
export type FaultName = keyof TargetFaults;

/** The guest's agent and the addresses that it reports, with the interface on which each is. */
export interface GuestReport {
  readonly tools: 'running' | 'not-running';
  /** `nic`: the VM's own network card; `bridge`: an interface that exists in the guest alone, as containers make them. */
  readonly addresses: readonly { readonly address: string; readonly on: 'nic' | 'bridge' }[];
}

/** What a request may wish for and not every image can meet. */
export type WishFeature = 'linked-clone' | 'secure-boot' | 'domain-join';

/** What a request says besides a wish. */
export interface WishSpecs {
  /** So that the wish is met here; unused where the adapter declares it UNSUPPORTED. */
  readonly met: Partial<VmSpec>;
  /** So that it is not; unused where the adapter declares it SUPPORTED. */
  readonly unmet: Partial<VmSpec>;
}

/** Known gaps of a simulator or a lab, each with its reason; a behaviour that needs what is missing is skipped with that reason. */
export type TargetLimit =
  | 'accepts-duplicate-names'
  | 'guest-tools-always-run'
  | 'small-crowd'
  | 'snapshots-keep-no-state'
  | 'no-console'
  | WishFeature
  | FaultName;

/** One platform to be tested: a simulator or a lab. */
export interface ConformanceTarget {
  /** The platform's identifier, as the adapter announces it. */
  readonly platform: string;
  /** A fresh adapter with a session of its own: a second one plays a second worker. The suite closes it. */
  openPort(): Promise<HypervisorPort>;
  /** A spec that this target can meet: from an existing image, with an existing network, small, powered on. */
  aVm(overrides?: Partial<VmSpec>): VmSpec;
  /** Names of things that this target does not have. `storage` and `key` are metadata of the platform. */
  readonly missing: {
    readonly image: string;
    readonly network: string;
    readonly storage: Readonly<Record<string, unknown>>;
    readonly key: string;
  };
  readonly wishes: Readonly<Record<WishFeature, WishSpecs>>;
  readonly admin: TargetAdmin;
  readonly faults: Partial<TargetFaults>;
  readonly limits: Partial<Record<TargetLimit, string>>;
  /** A number no VM of this target has had; the default counts from 1. */
  nextInstanceNumber?(): number;
  close(): Promise<void>;
}
