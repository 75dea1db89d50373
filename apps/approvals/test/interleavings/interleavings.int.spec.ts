import fc from 'fast-check';
import { planted } from './planted';
import { InterleavingRoom } from './room';
import { interleavings, interleavingsWithBatches, type Step } from './steps';
import { World } from './world';

/** 10,000 are run by `DCM_TEST_RUNS=10000`; a failure names its seed and path, which `DCM_TEST_SEED` runs again. */
const runs = Number(process.env['DCM_TEST_RUNS'] ?? 100);
const seed = Number(process.env['DCM_TEST_SEED'] ?? Date.now() % 2 ** 31);

/** Ten times what they take on a quiet machine. */
const limitMs = 120_000 + runs * 3_000;
jest.setTimeout(limitMs + 60_000);

const livesPerTidying = 50;

interface Life {
  readonly steps: readonly Step[];
  /** So many VMs are there before. */
  readonly standing: number;
  /** Whether somebody may raise limits. */
  readonly isRaising: boolean;
}

const livesOf = (steps: fc.Arbitrary<Step[]>): fc.Arbitrary<Life> =>
  fc.record({ steps, standing: fc.nat({ max: 2 }), isRaising: fc.boolean() });

async function live(room: InterleavingRoom, { steps, standing, isRaising }: Life): Promise<void> {
  const world = await World.open(room, isRaising);
  await world.begin(standing);
  for (const step of steps) await world.run(step);
  await world.settle();
}

describe('whatever comes in whatever order, and whoever dies', () => {
  let room: InterleavingRoom;

  beforeAll(async () => {
    room = await InterleavingRoom.open();
  });
  afterAll(() => room.close());

  it('the ledger is what was granted to VMs that live and what is promised, within every limit', async () => {
    process.stdout.write(`interleavings: ${runs} of seed ${seed}\n`);
    let lived = 0;
    const property = fc.asyncProperty(livesOf(interleavingsWithBatches), async (life) => {
      if (++lived % livesPerTidying === 0) await room.tidy();
      await live(room, life);
    });
    await fc.assert(property, {
      numRuns: runs,
      seed,
      interruptAfterTimeLimit: limitMs,
      markInterruptAsFailure: true,
    });
  });
});

/** The same ones each time: with them each bug is found after so many at most. */
const known = { seed: 11, numRuns: 400 };

describe('an interleaving finds', () => {
  it.each(planted)(
    '$title',
    async (plant) => {
      const room = await InterleavingRoom.open(plant);
      try {
        const property = fc.asyncProperty(livesOf(interleavings), (life) => live(room, life));
        const found = await fc.check(property, { ...known, endOnFailure: true });
        process.stdout.write(`${plant.title}: ${found.numRuns} runs: ${String(found.errorInstance)}\n`);
        expect(found.failed).toBe(true);
      } finally {
        await room.close();
      }
    },
    600_000,
  );
});
