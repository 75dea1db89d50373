import type { Approval, Operation, Policy, Vm, VmSpec } from '@dcm/contracts';
import type { Goal } from '../operations/goal.entity';
import type { NamedScope } from './facts.entity';

/** A request of the past, with what is known of it now. */
export interface PastRequest {
  readonly operation: Operation;
  readonly goal: Goal | null;
  readonly vm: Vm;
  readonly spec: VmSpec | null;
  readonly approval: Approval | null;
  readonly thresholds: Policy;
  readonly project: NamedScope;
  readonly tenant: NamedScope;
}
