import fc from 'fast-check';

/** What becomes of a message: handled once; twice; the process dies before a statement, or after the commit, and the message comes again. */
export type Fate = 'once' | 'twice' | 'after-commit' | { readonly before: number };

/** What a worker does with a command: some of it is never told, some is told late, wrong, or was done after all. */
export type Habit =
  'honest' | 'silent' | 'refused' | 'unknown-done' | 'unknown-undone' | 'half' | 'ghost' | 'late' | 'site-down';

export type Step =
  | {
      readonly do: 'create';
      readonly cpus: number;
      readonly gib: number;
      /** How many equal ones, with one decision. */
      readonly count: number;
      readonly fate: Fate;
    }
  | { readonly do: 'resize'; readonly vm: number; readonly cpus: number; readonly gib: number; readonly fate: Fate }
  | { readonly do: 'delete' | 'power' | 'snapshot'; readonly vm: number; readonly fate: Fate }
  | { readonly do: 'revert' | 'remove'; readonly vm: number; readonly nth: number; readonly fate: Fate }
  | { readonly do: 'cancel'; readonly nth: number; readonly fate: Fate }
  | {
      readonly do: 'decide';
      readonly nth: number;
      readonly approve: boolean;
      readonly isStale: boolean;
      readonly fate: Fate;
    }
  | { readonly do: 'work'; readonly nth: number; readonly habit: Habit; readonly fate: Fate }
  | { readonly do: 'again'; readonly nth: number; readonly fate: Fate }
  | { readonly do: 'tick'; readonly fate: Fate }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'new-image' };

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('once' as const) },
  { weight: 1, arbitrary: fc.constant('twice' as const) },
  { weight: 1, arbitrary: fc.constant('after-commit' as const) },
  { weight: 2, arbitrary: fc.record({ before: fc.integer({ min: 1, max: 14 }) }) },
);
const nth = fc.nat({ max: 5 });
const vm = fc.nat({ max: 2 });
const cpus = fc.integer({ min: 1, max: 4 });
const gib = fc.constantFrom(5, 10, 20);
const habit: fc.Arbitrary<Habit> = fc.oneof(
  { weight: 8, arbitrary: fc.constant('honest' as const) },
  {
    weight: 6,
    arbitrary: fc.constantFrom<Habit>(
      'silent',
      'refused',
      'unknown-done',
      'unknown-undone',
      'half',
      'ghost',
      'late',
      'site-down',
    ),
  },
);

const stepOf = (count: fc.Arbitrary<number>): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('create' as const), cpus, gib, count, fate }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('resize' as const), vm, cpus, gib, fate }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constantFrom('delete' as const, 'power' as const, 'snapshot' as const), vm, fate }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('revert' as const, 'remove' as const), vm, nth, fate }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), nth, fate }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('decide' as const),
        nth,
        approve: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
        isStale: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
        fate,
      }),
    },
    { weight: 12, arbitrary: fc.record({ do: fc.constant('work' as const), nth, habit, fate }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('again' as const), nth: fc.nat({ max: 20 }), fate }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('tick' as const), fate }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(3_000, 25_000, 40_000, 100_000) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('new-image' as const) }) },
  );

/** One interleaving: what is asked, decided, done and lost, in this order. @param count how many equal VMs a create is for */
const interleavingsOf = (count: fc.Arbitrary<number>): fc.Arbitrary<Step[]> =>
  fc.array(stepOf(count), { minLength: 8, maxLength: 36, size: 'max' });

/** Each create is for one VM. */
export const interleavings = interleavingsOf(fc.constant(1));

/** Some creates are for several equal ones, which are decided together. */
export const interleavingsWithBatches = interleavingsOf(fc.constantFrom(1, 1, 1, 1, 2, 3));
