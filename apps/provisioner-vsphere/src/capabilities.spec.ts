import { capabilitySchema, features } from '@dcm/contracts';
import { capabilities } from './capabilities';

describe('capabilities', () => {
  it('say something of every feature once, and why where it is not simply so', () => {
    expect(capabilities.map(({ feature }) => feature).sort()).toEqual([...features].sort());
    for (const one of capabilities) {
      capabilitySchema.parse(one);
      if (one.support !== 'SUPPORTED') expect(one.reason).not.toBe('');
    }
  });
});
