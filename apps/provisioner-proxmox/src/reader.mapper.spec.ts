import { readFlag, readList, readNumber, readRecord, readRecords, readString } from './reader.mapper';

describe('reading answers', () => {
  it('takes numbers for text and text for numbers', () => {
    expect([readString(7), readString('7'), readString(null)]).toEqual(['7', '7', undefined]);
    expect([readNumber('512'), readNumber(1), readNumber(''), readNumber('x'), readNumber(null)]).toEqual([
      512,
      1,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('knows a flag in each of its forms', () => {
    expect([true, 1, '1', 0, '0', 'true', undefined].map(readFlag)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it('makes nothing of what is not there', () => {
    expect([readRecord(null), readRecord([1]), readList({}), readRecords([{ a: 1 }, 2])]).toEqual([
      {},
      {},
      [],
      [{ a: 1 }, {}],
    ]);
  });
});
