import { bytesOf, bytesOfGib, gibOf } from './size.mapper';

describe('sizes of disks', () => {
  it.each([
    ['32G', 32],
    ['512M', 0.5],
    ['1T', 1024],
    ['1048576K', 1],
    ['1073741824', 1],
    ['2.5G', 2.5],
  ])('reads %s as %d GiB', (text, gib) => {
    expect(gibOf(bytesOf(text) ?? 0)).toBe(gib);
  });

  it.each(['', 'big', '1X', '-1G', undefined])('does not read %j', (text) => {
    expect(bytesOf(text)).toBeUndefined();
  });

  it('counts GiB as bytes', () => {
    expect(bytesOfGib(2)).toBe(2 ** 31);
  });
});
