import { DcmError, errorCodes, errorTable, problemSchema } from '@dcm/contracts';
import { toProblem } from './problem.mapper';

const place = { requestId: 'r-1', instance: '/v1/vms' };

describe('a problem', () => {
  it.each(errorCodes)('of %s has the status of the table and its stable code', (code) => {
    const { problem } = toProblem(new DcmError(code, 'Unable to do it: a cause'), place);
    expect(problemSchema.parse(problem)).toMatchObject({ code, status: errorTable[code].httpStatus, ...place });
  });

  it('points at each place', () => {
    const details = [{ pointer: '/name', message: 'is wrong' }];
    expect(toProblem(new DcmError('INVALID_REQUEST', 'x', { details }), place).problem.errors).toEqual(details);
  });

  it('tells nothing of a defect but its request id', () => {
    const { problem } = toProblem(
      new DcmError('INTERNAL', 'secret', { details: [{ pointer: '/a', message: 'secret' }] }),
      place,
    );
    expect(JSON.stringify(problem)).not.toContain('secret');
    expect(problem.detail).toContain('r-1');
  });

  it('says when to come back, in whole seconds', () => {
    expect(toProblem(new DcmError('SITE_UNAVAILABLE', 'x', { retryAfterMs: 1_200 }), place).headers).toEqual({
      'retry-after': '2',
    });
    expect(toProblem(new DcmError('UNAVAILABLE', 'x'), place).headers).toEqual({ 'retry-after': '2' });
    expect(toProblem(new DcmError('NOT_FOUND', 'x'), place).headers).toEqual({});
  });

  it('asks for a token when none was good', () => {
    expect(toProblem(new DcmError('UNAUTHENTICATED', 'x'), place).headers['www-authenticate']).toContain('Bearer');
  });
});
