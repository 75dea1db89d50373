import { features } from '@dcm/contracts';
import { capabilities } from './capabilities';

describe('the capabilities', () => {
  it('speak of every feature once, with a reason where it is not simply there', () => {
    expect(capabilities.map(({ feature }) => feature).sort()).toEqual([...features].sort());
    for (const { support, reason } of capabilities) expect(support === 'SUPPORTED' || reason !== '').toBe(true);
  });
});
