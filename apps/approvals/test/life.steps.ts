/** What a worker may do with an attempt that it took. */
export type Habit =
  'honest' | 'silent' | 'late' | 'refused' | 'unreachable' | 'half' | 'part' | 'ghost' | 'echo' | 'obedient';
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
