import { DcmError, type ErrorCode } from '@dcm/contracts';
import { isInfrastructureError } from './infrastructure.errors';

const withCode = (code: unknown): Error => Object.assign(new Error('x'), { code });

describe('isInfrastructureError', () => {
  it.each([
    '08006',
    '53300',
    '57P01',
    '57P03',
    '40001',
    '40P01',
    'ECONNREFUSED',
    'ECONNRESET',
    'ETIMEDOUT',
    'EAI_AGAIN',
    'EPIPE',
  ])('is true for code %s, also below typeorm and in a cause', (code) => {
    expect(isInfrastructureError(withCode(code))).toBe(true);
    expect(isInfrastructureError(Object.assign(new Error('query failed'), { driverError: withCode(code) }))).toBe(true);
    expect(isInfrastructureError(new Error('outer', { cause: withCode(code) }))).toBe(true);
  });

  it.each(['23505', '22P02', '42P01', '08', 'ENOENT', 403, undefined])('is false for code %s', (code) => {
    expect(isInfrastructureError(withCode(code))).toBe(false);
  });

  it.each([
    'Connection terminated unexpectedly',
    'Client has encountered a connection error and is not queryable',
    'timeout exceeded when trying to connect',
    'Query runner already released. Cannot run queries anymore.',
    'Cannot use a pool after calling end on the pool',
  ])('is true for pg and typeorm saying "%s"', (text) => {
    expect(isInfrastructureError(new Error(text))).toBe(true);
  });

  it.each<[ErrorCode, boolean]>([
    ['UNAVAILABLE', true],
    ['SITE_UNAVAILABLE', true],
    ['RATE_LIMITED', true],
    ['INVALID_REQUEST', false],
    ['INTERNAL', false],
  ])('is, for a DcmError %s, %s, whatever its cause', (code, expected) => {
    expect(isInfrastructureError(new DcmError(code, 'x', { cause: withCode('ECONNREFUSED') }))).toBe(expected);
  });

  it('ends for an error that is its own cause', () => {
    const error = new Error('round and round');
    error.cause = error;
    expect(isInfrastructureError(error)).toBe(false);
  });

  it.each([undefined, null, 'ECONNREFUSED', 7, {}])('is false for %p', (thrown) => {
    expect(isInfrastructureError(thrown)).toBe(false);
  });
});
