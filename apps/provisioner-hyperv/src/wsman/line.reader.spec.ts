import { LineReader } from './line.reader';

const text = '\ufeffпервая\r\n二行目 😀\n\nlast';
const lines = ['первая', '二行目 😀', ''];

describe('the line reader', () => {
  it.each([1, 2, 3, 5, 1000])('makes the same lines of pieces of %i bytes', (size) => {
    const bytes = Buffer.from(text);
    const reader = new LineReader();
    const read: string[] = [];
    for (let at = 0; at < bytes.length; at += size) read.push(...reader.push(bytes.subarray(at, at + size)));
    expect(read).toEqual(lines);
    expect(reader.end()).toBe('last');
    expect(reader.end()).toBeUndefined();
  });

  it('drops a byte order mark at the very beginning only', () => {
    const reader = new LineReader();
    expect(reader.push(Buffer.from('a\n\ufeffb\n'))).toEqual(['a', '\ufeffb']);
  });

  it('gives up a line that does not end', () => {
    const reader = new LineReader(10);
    reader.push(Buffer.from('12345'));
    expect(() => reader.push(Buffer.from('678901'))).toThrow('longer than 10 characters');
  });
});
