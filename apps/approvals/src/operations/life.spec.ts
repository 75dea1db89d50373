import fc from 'fast-check';
import { habits, World, type Step } from '../../test/life.world';

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...habits).map((habit) => ({ do: 'work', habit }) as const) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(1_000, 30_000, 50_000, 110_000, 600_000, 4_000_000)
      .map((ms) => ({ do: 'wait', ms }) as const),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom('cancel', 'delete', 'power', 'repeat', 'plan').map((what) => ({ do: what }) as const),
  },
);

describe('the life of a VM, whatever happens', () => {
  it('ends every operation once, pays for what exists, and leaves no orphan', () => {
    const runs = Number(process.env['DCM_TEST_RUNS'] ?? 300);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const world = new World();
        for (const one of steps) world.run(one);
        world.settle();
        expect(world.isQuiet()).toBe(true);
        const { lifecycle } = world.vm.doc;
        expect(lifecycle === 'active').toBe(world.exists.vm);
        expect(world.ledger).toBe(world.exists.vm ? 'used' : null);
      }),
      { numRuns: runs, verbose: true },
    );
  });
});
