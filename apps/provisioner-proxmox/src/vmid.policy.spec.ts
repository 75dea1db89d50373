import { isNumbered, readVmid, vmidFor } from './vmid.policy';

describe('VMIDs', () => {
  it('count from the base', () => {
    expect(vmidFor(500_000, 7)).toBe(500_007);
  });

  it.each([
    [500_000, 0],
    [10, 1],
    [999_999_999, 1],
  ])('do not leave the range: base %d, number %d', (base, number) => {
    expect(vmidFor(base, number)).toBeUndefined();
  });

  it.each(['', '99', '0100', '1000000000', '12a', '../100', '100.0'])('are not read from %j', (text) => {
    expect(readVmid(text)).toBeUndefined();
  });

  it('are read from their digits', () => {
    expect([readVmid('100'), readVmid('999999999')]).toEqual([100, 999_999_999]);
  });

  it('are known by their place', () => {
    expect([isNumbered(500_000, 500_000), isNumbered(500_001, 500_000)]).toEqual([false, true]);
  });
});
