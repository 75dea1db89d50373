import { isGapStill, mustPull, type Look } from './catch-up.policy';

const look = (watermark: number, head: number): Look => ({ mark: { watermark, hasGap: false }, head });

describe('catching up', () => {
  it('pulls at the first look whatever is missing', () => {
    expect(mustPull(look(0, 5), undefined)).toBe(true);
    expect(mustPull(look(5, 5), undefined)).toBe(false);
  });

  it('leaves events their time while the read model moves', () => {
    expect(mustPull(look(6, 9), look(5, 9))).toBe(false);
    expect(mustPull(look(5, 9), look(5, 5))).toBe(false);
  });

  it('pulls when the read model stands still behind a head that was there before', () => {
    expect(mustPull(look(5, 9), look(5, 9))).toBe(true);
    expect(mustPull(look(5, 12), look(5, 6))).toBe(true);
  });

  it('does nothing when the read model is ahead of the journal', () => {
    expect(mustPull(look(9, 5), look(9, 5))).toBe(false);
  });

  it('takes a gap for a loss only when it is still the same one', () => {
    expect(isGapStill({ watermark: 5, hasGap: true }, { watermark: 5, hasGap: true })).toBe(true);
    expect(isGapStill({ watermark: 6, hasGap: true }, { watermark: 5, hasGap: true })).toBe(false);
    expect(isGapStill({ watermark: 5, hasGap: false }, { watermark: 5, hasGap: true })).toBe(false);
    expect(isGapStill({ watermark: 5, hasGap: true }, undefined)).toBe(false);
  });
});
