import { Rc4 } from './rc4';

describe('RC4', () => {
  it.each([
    ['Key', 'Plaintext', 'bbf316e8d940af0ad3'],
    ['Wiki', 'pedia', '1021bf0420'],
    ['Secret', 'Attack at dawn', '45a01f645fc35b383552544b9bf5'],
  ])('encrypts with the key "%s"', (key, plain, sealed) => {
    expect(new Rc4(Buffer.from(key)).next(Buffer.from(plain)).toString('hex')).toBe(sealed);
  });

  it('gives the stream of RFC 6229 for a key of 128 bits, also from offset 240 on', () => {
    const stream = new Rc4(Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex')).next(Buffer.alloc(272));
    expect(stream.toString('hex', 0, 16)).toBe('9ac7cc9a609d1ef7b2932899cde41b97');
    expect(stream.toString('hex', 240, 256)).toBe('065902e4b620f6cc36c8589f66432f2b');
  });

  it('goes on where it stopped', () => {
    const whole = new Rc4(Buffer.from('Key')).next(Buffer.from('Plaintext'));
    const pieces = new Rc4(Buffer.from('Key'));
    expect(Buffer.concat([pieces.next(Buffer.from('Plain')), pieces.next(Buffer.from('text'))])).toEqual(whole);
  });

  it('refuses a key of no bytes', () => {
    expect(() => new Rc4(Buffer.alloc(0))).toThrow(RangeError);
  });
});
