import { faultError, isWsmanError } from './wsman.errors';

describe('a fault', () => {
  it.each([
    [5, undefined, 'ACCESS_DENIED', false],
    [995, undefined, 'SHELL_GONE', false],
    [2150858793, undefined, 'TIMED_OUT', true],
    [2150858843, undefined, 'SHELL_GONE', false],
    [2150859173, undefined, 'QUOTA', false],
    [2150859174, undefined, 'QUOTA', false],
    [0, 'TimedOut', 'TIMED_OUT', true],
    [2150858999, 'QuotaLimit', 'QUOTA', false],
    [2150858999, 'InternalError', 'FAULT', true],
  ])('of code %i and subcode %s is %s', (code, subcode, kind, mayHaveActed) => {
    const fault = { code, reason: 'Nein.', ...(subcode === undefined ? {} : { subcode }) };
    const error = faultError('open a shell on h', fault, 500);
    expect(error).toMatchObject({ code: kind, mayHaveActed, fault, httpStatus: 500 });
    expect(error.message).toBe(`Unable to open a shell on h: the service answered with fault ${code}: Nein.`);
  });

  it('is known by its code, and by none of others', () => {
    const error = faultError('x', { code: 5 }, 500);
    expect(isWsmanError(error)).toBe(true);
    expect(isWsmanError(error, 'QUOTA', 'ACCESS_DENIED')).toBe(true);
    expect(isWsmanError(error, 'QUOTA')).toBe(false);
    expect(isWsmanError(new Error('QUOTA'))).toBe(false);
  });
});
