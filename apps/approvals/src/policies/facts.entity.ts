import type { GovernedKind, Policy, PolicyRule } from '@dcm/contracts';

/** What is asked for. Texts are empty and numbers 0 where the request says nothing. */
export interface RequestFacts {
  readonly kind: GovernedKind;
  readonly name: string;
  readonly image: string;
  readonly size: string;
  readonly cpus: number;
  readonly memoryMib: number;
  /** All disks together, as planned. */
  readonly diskGib: number;
  /** GiB of each disk. */
  readonly disks: readonly number[];
  /** Names of networks. */
  readonly networks: readonly string[];
  /** Whether any network has a static address. */
  readonly staticAddress: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly poweredOn: boolean;
  readonly deletionProtection: boolean;
  /** How many equal VMs are asked for; everything else here, and the plan, is of one of them. */
  readonly count: number;
}

/** What the VM takes now; all 0 for a create. */
export interface CurrentFacts {
  readonly cpus: number;
  readonly memoryMib: number;
  readonly diskGib: number;
}

/** What its site would do. */
export interface PlanFacts {
  readonly site: string;
  readonly platform: string;
  /** The features that the platform cannot give. */
  readonly losses: readonly string[];
  readonly warnings: readonly string[];
  /** In whole units of the currency; 0 and not known where there is no rate. */
  readonly price: {
    readonly isKnown: boolean;
    readonly currency: string;
    readonly perHour: number;
    readonly perMonth: number;
  };
}

export interface NamedScope {
  readonly id: string;
  readonly name: string;
}

/** Everything that rules decide by. */
export interface PolicyFacts {
  readonly request: RequestFacts;
  readonly current: CurrentFacts;
  readonly plan: PlanFacts;
  readonly project: NamedScope;
  readonly tenant: NamedScope;
  readonly requester: { readonly principal: string };
  /** The database's clock. */
  readonly now: Date;
  readonly quota: { readonly isExceeded: boolean };
  /** The project's own, for when no rule matches. */
  readonly thresholds: Policy | null;
}

/** The rules that are in force for a project, with what they may name. */
export interface RuleBook {
  readonly project: NamedScope;
  readonly tenant: NamedScope;
  readonly rules: readonly PolicyRule[];
}
