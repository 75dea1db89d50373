import { partNamed, partOf, planOf, pointsNamed } from './plan';
import { platforms } from './points';
import { merged, type CampaignReport } from './report';

const options = { points: pointsNamed('all'), seeds: 20, kills: 100, mishaps: 4, only: [], firstSeed: 1, platforms };

describe('the plan of a campaign', () => {
  it('lets a process die at each point as often as there are seeds', () => {
    const whats = planOf(options).map(({ mishap }) => mishap.what);
    const names = [...new Set(options.points.map(({ name }) => name))];
    const times = names.map((name) => whats.join(' ').split(new RegExp(` ${name}:\\d`)).length - 1);
    expect(names.length).toBeGreaterThanOrEqual(24);
    expect(times).toEqual(names.map(() => 20));
  });

  it('is the same for the same seeds, and whole in its parts', () => {
    const [first, again] = [planOf(options), planOf(options)].map((rounds) =>
      rounds.map(({ seed, mishap }) => [seed, mishap.what]),
    );
    expect(again).toEqual(first);
    const rounds = planOf(options);
    const parts = ['1/3', '2/3', '3/3'].map((text) => partOf(rounds, partNamed(text)));
    expect(parts.flat().sort((a, b) => a.seed - b.seed)).toEqual([...rounds].sort((a, b) => a.seed - b.seed));
    expect(
      Math.max(...parts.map(({ length }) => length)) - Math.min(...parts.map(({ length }) => length)),
    ).toBeLessThan(2);
  });

  it.each(['0/3', '4/3', '1', 'x/3', '1/3/5'])('refuses the part %s', (text) => {
    expect(() => partNamed(text)).toThrow(`--part ${text}`);
  });
});

describe('a campaign that was run in parts', () => {
  const part = (more: Partial<CampaignReport>): CampaignReport => ({
    at: '2026-01-01',
    commit: 'abc',
    machine: { cpus: 2, memoryGib: 8, node: 'v20' },
    load: [1],
    rounds: { deaths: 2 },
    kills: { deaths: 5 },
    firedAt: { 'create.before': 3 },
    troubled: { vsphere: 6 },
    accepted: 10,
    repeated: 1,
    cancels: 2,
    operations: { 'vm.create succeeded': 4 },
    failures: {},
    violations: 0,
    failedSeeds: [],
    slowestSettleMs: 100,
    tookS: 60,
    ...more,
  });

  it('adds what was counted, and keeps the worst and each violation', () => {
    const found = { seed: 7, what: 'zombie', violations: ['I2 two'] };
    const second = part({
      at: '2026-01-02',
      commit: 'def',
      load: [9],
      rounds: { deaths: 1, kills: 1 },
      firedAt: { 'create.before': 1, 'fact.before': 1 },
      troubled: { vsphere: 2, hyperv: 3 },
      violations: 1,
      failedSeeds: [found],
      slowestSettleMs: 900,
    });
    expect(merged([part({}), second])).toMatchObject({
      at: '2026-01-02',
      commit: 'abc, def',
      load: [1, 9],
      rounds: { deaths: 3, kills: 1 },
      kills: { deaths: 10 },
      firedAt: { 'create.before': 4, 'fact.before': 1 },
      troubled: { vsphere: 8, hyperv: 3 },
      accepted: 20,
      operations: { 'vm.create succeeded': 8 },
      violations: 1,
      failedSeeds: [found],
      slowestSettleMs: 900,
      tookS: 120,
    });
  });

  it('is none without a part', () => {
    expect(() => merged([])).toThrow('no part');
  });
});
