import { Recent } from './recent';

describe('what was changed a moment ago', () => {
  it('is known until lists show it', () => {
    let now = 0;
    const recent = new Recent(() => now);
    recent.add(1);
    now = 20_000;
    recent.add(2);
    expect([recent.has(1), recent.has(2), recent.has(3)]).toEqual([true, true, false]);
    now = 30_001;
    expect([recent.has(1), recent.has(2)]).toEqual([false, true]);
    recent.add(3);
    now = 60_002;
    expect([recent.has(2), recent.has(3)]).toEqual([false, false]);
  });
});
