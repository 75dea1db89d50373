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
  /** A powered-off VM without a mark, where a VM of `aVm` would be made. */
  createStranger(name: string): Promise<NativeVm>;
  /** Removes the ownership mark and nothing else. */
  removeMark(nativeId: string): Promise<void>;
  /** Deletes a VM in any power state. */
  deleteVm(nativeId: string): Promise<void>;
  /** Clones a VM with the vendor's own function; what that copies of the mark is copied. */
  copyVm(nativeId: string, name: string): Promise<NativeVm>;
  /** Forces a power state. */
  setPower(nativeId: string, power: 'on' | 'off' | 'suspended'): Promise<void>;
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
}
export type FaultName = keyof TargetFaults;

/** Known gaps of a simulator or a lab, each with its reason; a behaviour that needs what is missing is skipped with that reason. */
export type TargetLimit = 'accepts-duplicate-names' | 'guest-tools-always-run' | FaultName;

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
  readonly admin: TargetAdmin;
  readonly faults: Partial<TargetFaults>;
  readonly limits: Partial<Record<TargetLimit, string>>;
  /** A number no VM of this target has had; the default counts from 1. */
  nextInstanceNumber?(): number;
  close(): Promise<void>;
}
