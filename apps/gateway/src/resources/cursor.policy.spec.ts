import { refusalOf } from '../../test/refusal';
import { decodeCursor, encodeCursor } from './cursor.policy';

const cursor = { createdAt: '2026-01-02T03:04:05.678Z', id: 'a/b' };
const token = encodeCursor('key', cursor, 'vm of tenant 1');

describe('a page token', () => {
  it('continues the list that it came from', () => {
    expect(decodeCursor('key', token, 'vm of tenant 1')).toEqual(cursor);
  });

  it.each([
    ['another list', token, 'vm of tenant 2'],
    ['nothing', '', 'vm of tenant 1'],
    [
      'a changed place',
      `${Buffer.from('["2027-01-01T00:00:00.000Z","x"]').toString('base64url')}.${token.split('.')[1] ?? ''}`,
      'vm of tenant 1',
    ],
    ['a cut seal', token.slice(0, -4), 'vm of tenant 1'],
    ['more than it was', `${token}.x`, 'vm of tenant 1'],
    ['the seal of another installation', encodeCursor('other', cursor, 'vm of tenant 1'), 'vm of tenant 1'],
  ])('is refused with %s', (_, text, context) => {
    expect(refusalOf(() => decodeCursor('key', text, context))).toMatchObject({
      code: 'INVALID_REQUEST',
      details: [{ pointer: 'query/pageToken' }],
    });
  });
});
