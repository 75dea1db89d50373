/**
 * The RC4 key stream, which NTLM seals messages with and OpenSSL 3 no longer offers. It goes on where it stopped:
 * one object serves one direction of one connection.
 */
export class Rc4 {
  private readonly state = Uint8Array.from({ length: 256 }, (_, index) => index);
  private i = 0;
  private j = 0;

  /** @param key 1 to 256 bytes */
  constructor(key: Uint8Array) {
    if (key.length === 0 || key.length > 256) throw new RangeError(`An RC4 key has 1 to 256 bytes, not ${key.length}`);
    const { state } = this;
    for (let i = 0, j = 0; i < 256; i++) {
      const kept = state[i] ?? 0;
      j = (j + kept + (key[i % key.length] ?? 0)) & 255;
      state[i] = state[j] ?? 0;
      state[j] = kept;
    }
  }

  /** Encrypts or decrypts the next bytes of the stream. In locals, because whole inventories pass through here. */
  next(bytes: Uint8Array): Buffer {
    const { state } = this;
    const out = Buffer.allocUnsafe(bytes.length);
    let { i, j } = this;
    for (let at = 0; at < bytes.length; at++) {
      i = (i + 1) & 255;
      const one = state[i] ?? 0;
      j = (j + one) & 255;
      const other = state[j] ?? 0;
      state[i] = other;
      state[j] = one;
      out[at] = (bytes[at] ?? 0) ^ (state[(one + other) & 255] ?? 0);
    }
    this.i = i;
    this.j = j;
    return out;
  }
}
