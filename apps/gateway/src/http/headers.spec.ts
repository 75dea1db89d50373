import { refusalOf } from '../../test/refusal';
import { requireMatch } from './precondition.policy';
import { waitSecondsOf } from './preference.policy';
import { requestIdOf } from './request-id';

describe('If-Match', () => {
  it.each([undefined, '"3"', '*', '"1", "3"', '"1",*'])('lets %j change state 3', (header) => {
    requireMatch(header, { seq: 3 });
  });

  it.each(['"2"', 'W/"3"', '3', '', '"3', '"33"'])('does not let %j', (header) => {
    expect(
      refusalOf(() => {
        requireMatch(header, { seq: 3 });
      }),
    ).toMatchObject({ code: 'PRECONDITION_FAILED' });
  });
});

describe('Prefer', () => {
  it.each([
    [undefined, undefined],
    ['wait=10', 10],
    ['respond-async, wait=5', 5],
    ['WAIT = "7"', 7],
    [['return=minimal', 'wait=3;x=y'], 3],
    ['wait=600', 60],
    ['wait=0', 0],
    ['wait', undefined],
    ['wait=-1', undefined],
    ['wait=abc', undefined],
    ['awaited=3', undefined],
  ])('%j waits for %j seconds', (header, seconds) => {
    expect(waitSecondsOf(header)).toBe(seconds);
  });
});

describe('x-request-id', () => {
  it('is honoured when it is a plain word', () => {
    expect(requestIdOf({ headers: { 'x-request-id': 'abc-1.2_3' } })).toBe('abc-1.2_3');
  });

  it.each(['', 'a b', 'x'.repeat(129), 'a\r\nb', '<script>', undefined, ['a', 'b']])(
    'is replaced when it is %j',
    (given) => {
      const headers = given === undefined ? {} : { 'x-request-id': given as string };
      expect(requestIdOf({ headers })).toMatch(/^[\da-f-]{36}$/);
    },
  );
});
