import fc from 'fast-check';
import { habits, type Step } from '../../test/life.steps';
import { World } from '../../test/life.world';
import { askedAmounts } from './plan.mapper';

const work = fc
  .constantFrom(...habits, 'honest' as const, 'honest' as const, 'honest' as const)
  .map((habit) => ({ do: 'work', habit }) as const);
const wait = fc
  .constantFrom(1_000, 30_000, 50_000, 110_000, 600_000, 4_000_000)
  .map((ms) => ({ do: 'wait', ms }) as const);
const ask = fc.constantFrom('cancel', 'delete', 'power', 'repeat', 'plan').map((what) => ({ do: what }) as const);
const resize = fc
  .tuple(fc.constantFrom(1, 2, 4), fc.constantFrom(10, 20))
  .map(([cpus, diskGib]) => ({ do: 'resize', cpus, diskGib }) as const);

const snapshots = fc.oneof(
  fc.constant({ do: 'snapshot' } as const),
  fc.tuple(fc.constantFrom('revert', 'remove'), fc.nat(2)).map(([what, nth]) => ({ do: what, nth }) as const),
);

const anything: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: work },
  { weight: 3, arbitrary: wait },
  { weight: 1, arbitrary: resize },
  { weight: 1, arbitrary: snapshots },
  { weight: 4, arbitrary: ask },
);
/** For a VM that is there: what changes it, in everybody's hands. */
const changes: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: resize },
  { weight: 5, arbitrary: snapshots },
  { weight: 6, arbitrary: work },
  { weight: 4, arbitrary: wait },
  { weight: 3, arbitrary: fc.constantFrom('cancel', 'repeat', 'power').map((what) => ({ do: what }) as const) },
  { weight: 1, arbitrary: fc.constant({ do: 'delete' } as const) },
);

/** The hypervisor, what everybody sees and what is paid for are one. */
function expectTheTruth(world: World): void {
  expect(world.isQuiet()).toBe(true);
  expect(world.vm.doc.lifecycle === 'active').toBe(world.exists.vm);
  expect(world.vm.doubt).toBeNull();
  if (!world.exists.vm) {
    expect(world.ledger.state).toBeNull();
    return;
  }
  const { cpus, memoryMib, disks, snapshots: shown } = world.vm.doc;
  expect(shown.map(({ platformName }) => platformName).sort()).toEqual([...world.exists.snapshots.keys()].sort());
  expect({ cpus, memoryMib, disks }).toEqual(world.exists.size);
  expect(world.ledger).toMatchObject({
    state: 'used',
    amounts: { ...askedAmounts(world.vm.doc), snapshots: shown.length },
  });
}

const numRuns = Number(process.env['DCM_TEST_RUNS'] ?? 300);

describe('the life of a VM, whatever happens', () => {
  it('ends every operation once, pays for what exists, and leaves no orphan', () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 25 }), (steps) => {
        const world = new World();
        for (const one of steps) world.run(one);
        world.settle();
        expectTheTruth(world);
      }),
      { numRuns, verbose: true },
    );
  });

  it('knows in the end how large a VM is that was changed, and pays for the larger until then', () => {
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 20 }), (steps) => {
        const world = new World();
        world.run({ do: 'plan' });
        world.run({ do: 'work', habit: 'honest' });
        for (const one of steps) world.run(one);
        world.settle();
        expectTheTruth(world);
      }),
      { numRuns: Math.ceil(numRuns / 2), verbose: true },
    );
  });
});
