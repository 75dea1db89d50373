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
    for (let i = 0, j = 0; i < 256; i++) {
      j = (j + this.at(i) + (key[i % key.length] ?? 0)) & 255;
      this.swap(i, j);
    }
  }

  /** Encrypts or decrypts the next bytes of the stream. */
  next(bytes: Uint8Array): Buffer {
    const out = Buffer.alloc(bytes.length);
    for (let at = 0; at < bytes.length; at++) {
      this.i = (this.i + 1) & 255;
      this.j = (this.j + this.at(this.i)) & 255;
      this.swap(this.i, this.j);
      out[at] = (bytes[at] ?? 0) ^ this.at((this.at(this.i) + this.at(this.j)) & 255);
    }
    return out;
  }

  private at(index: number): number {
    return this.state[index] ?? 0;
  }

  private swap(i: number, j: number): void {
    const kept = this.at(i);
    this.state[i] = this.at(j);
    this.state[j] = kept;
  }
}
