import type { OperationId } from '@dcm/contracts';
import type { Command } from '../src/dispatch/command.mapper';

/** One attempt in a worker's hands. */
export interface Attempt {
  readonly command: Command;
  readonly operationId: OperationId;
  readonly attempt: number;
  readonly kind: string;
  /** One per process: a second copy that it gets joins the first, or begins anew when the first has lost its claim. */
  readonly worker: string;
}

/** What a worker may do with an attempt that it took. */
export type Habit =
  | 'honest'
  | 'silent'
  | 'late'
  | 'refused'
  | 'unreachable'
  | 'half'
  | 'part'
  | 'ghost'
  | 'echo'
  | 'forgetful'
  | 'obedient';
export const habits: readonly Habit[] = [
  'honest',
  'silent',
  'late',
  'refused',
  'unreachable',
  'half',
  'part',
  'ghost',
  'echo',
  'forgetful',
  'obedient',
];
/** What somebody asks for. */
export type Wish =
  | { readonly do: 'resize'; readonly cpus: number; readonly diskGib: number }
  | { readonly do: 'snapshot' }
  | { readonly do: 'revert' | 'remove'; readonly nth: number }
  | { readonly do: 'delete' }
  | { readonly do: 'power' }
  | { readonly do: 'cancel' };
export type Step =
  | { readonly do: 'work'; readonly habit: Habit }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'repeat' }
  | { readonly do: 'plan' }
  | Wish;

/** What a worker says that it did, where a delete found the VM. */
export const outcomes = {
  provision: 'created',
  delete: 'deleted',
  power: 'changed',
  reconfigure: 'changed',
  snapshot: 'changed',
} as const;
