import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import { DcmError } from '@dcm/contracts';
import { toDcmError } from './framework.errors';

describe('what a framework throws', () => {
  it.each([
    [400, 'INVALID_REQUEST'],
    [404, 'NOT_FOUND'],
    [413, 'PAYLOAD_TOO_LARGE'],
    [414, 'NOT_FOUND'],
    [415, 'UNSUPPORTED_MEDIA_TYPE'],
    [418, 'INTERNAL'],
    [500, 'INTERNAL'],
  ])('with status %d becomes %s', (status, code) => {
    expect(toDcmError(new HttpException('raw text of the framework', status)).code).toBe(code);
    expect(toDcmError(Object.assign(new Error('raw'), { statusCode: status })).code).toBe(code);
  });

  it('keeps our own error, also inside theirs', () => {
    const own = new DcmError('CONFLICT', 'x');
    expect(toDcmError(own)).toBe(own);
    expect(toDcmError(new BadRequestException('wrapped', { cause: own }))).toBe(own);
  });

  it('does not repeat the words of the framework', () => {
    expect(toDcmError(new NotFoundException('Cannot GET /secret')).message).not.toContain('secret');
  });

  it('is UNAVAILABLE when the database is away, and INTERNAL for everything unknown', () => {
    expect(toDcmError(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })).code).toBe('UNAVAILABLE');
    expect(toDcmError(Object.assign(new Error('x'), { code: '57P01' })).code).toBe('UNAVAILABLE');
    for (const thrown of [new Error('x'), 'text', null, undefined, { statusCode: 'x' }]) {
      expect(toDcmError(thrown).code).toBe('INTERNAL');
    }
  });
});
