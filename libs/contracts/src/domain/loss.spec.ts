import { planLossSchema } from './loss';

describe('a loss', () => {
  const loss = { feature: 'labels', pointer: '/labels', message: 'm' } as const;

  it('is read as it is', () => {
    expect(planLossSchema.parse(loss)).toEqual(loss);
  });

  it('of an older provisioner is a sentence about something', () => {
    expect(planLossSchema.parse('no UEFI')).toEqual({ feature: 'other', pointer: '', message: 'no UEFI' });
  });

  it('of a newer provisioner may have a feature that is not known', () => {
    expect(planLossSchema.parse({ ...loss, feature: 'tpm' })).toEqual({ ...loss, feature: 'other' });
  });

  it.each([{ pointer: '', message: '' }, null, 7])('is not %j', (value) => {
    expect(planLossSchema.safeParse(value).success).toBe(false);
  });
});
