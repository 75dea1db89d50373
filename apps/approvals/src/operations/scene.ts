import type { Approval, Platform, Policy, ResourceAmount, SiteName } from '@dcm/contracts';
import type { OperationRecord } from './operation.entity';
import type { Timing } from './timing';
import type { VmRecord } from './vm.entity';

/** The site of a VM as the dispatcher's gate sees it. */
export interface SiteGate {
  readonly name: SiteName;
  readonly platform: Platform;
  /** The broker user whose facts are believed. */
  readonly publisher: string;
  readonly isAnnounced: boolean;
  /** How many VMs its provisioner looks at for one command. */
  readonly looksAtOnce: number;
  readonly pausedUntil: Date | null;
  /** How often in a row it was paused. */
  readonly pauses: number;
}

/** Everything that one decision may look at: one VM with its open operations, read under the VM's lock. */
export interface Scene {
  /** The database's clock. */
  readonly now: Date;
  readonly timing: Timing;
  /** Id of this DCM, for the ownership mark. */
  readonly installation: string;
  /** null only for requests that name no VM of their tenant. */
  readonly vm: VmRecord | null;
  readonly site: SiteGate | null;
  /** Open operations and those that were asked for by id. */
  readonly operations: readonly OperationRecord[];
  /** The pending question, and any that was asked for by id. */
  readonly approvals: readonly Approval[];
  /** Of the VM's project. */
  readonly policy: Policy | null;
  /** What the ledger holds for the VM; null: nothing. */
  readonly amounts: ResourceAmount | null;
}
