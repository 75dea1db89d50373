import { md4Hash, rc4Stream } from './legacy';

describe('the old algorithms of the simulator', () => {
  it.each([
    ['', '31d6cfe0d16ae931b73c59d7e0c089c0'],
    ['abc', 'a448017aaf21d8525fc10ae87aa6729d'],
    ['abcdefghijklmnopqrstuvwxyz', 'd79e1c308aa5bbcdeea8ed63df412da9'],
    [
      '12345678901234567890123456789012345678901234567890123456789012345678901234567890',
      'e33b4ddc9c38f2199c3e7b164fcc0536',
    ],
  ])('digest "%s" as RFC 1320 says', (message, digest) => {
    expect(md4Hash(Buffer.from(message)).toString('hex')).toBe(digest);
  });

  it('give the stream of RFC 6229, in pieces too', () => {
    const stream = rc4Stream(Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex'));
    expect(stream(Buffer.alloc(10)).toString('hex')).toBe('9ac7cc9a609d1ef7b293');
    expect(stream(Buffer.alloc(6)).toString('hex')).toBe('2899cde41b97');
  });
});
