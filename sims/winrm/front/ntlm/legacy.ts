/**
 * The two old algorithms that NTLM needs, as the server's side of the simulator has them: written from the RFC and the
 * description of the cipher, apart from the client's, so that each checks the other.
 */

const rotate = (value: number, by: number): number => ((value << by) | (value >>> (32 - by))) >>> 0;

/** Left rotations of the three rounds, by position modulo 4. */
const SHIFTS = [3, 7, 11, 19, 3, 5, 9, 13, 3, 9, 11, 15];

/** Which word an operation of the third round takes: its four bits in reverse. */
const reversed = (index: number): number =>
  ((index & 1) << 3) | ((index & 2) << 1) | ((index & 4) >> 1) | ((index & 8) >> 3);

/** Word, additive constant and mixed value of one of the 48 operations. */
function operation(index: number, b: number, c: number, d: number): readonly [number, number, number] {
  const step = index % 16;
  if (index < 16) return [step, 0, d ^ (b & (c ^ d))];
  if (index < 32) return [(step % 4) * 4 + Math.floor(step / 4), 0x5a827999, (b & (c | d)) | (c & d)];
  return [reversed(step), 0x6ed9eba1, b ^ c ^ d];
}

/** MD4 of a message. @see RFC 1320 */
export function md4Hash(message: Buffer): Buffer {
  const zeros = (119 - (message.length % 64)) % 64;
  const bits = Buffer.alloc(8);
  bits.writeBigUInt64LE(BigInt(message.length * 8));
  const input = Buffer.concat([message, Buffer.from([0x80]), Buffer.alloc(zeros), bits]);
  const total = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  for (let from = 0; from < input.length; from += 64) {
    let [a, b, c, d] = total as unknown as readonly [number, number, number, number];
    for (let index = 0; index < 48; index++) {
      const [word, constant, mixed] = operation(index, b, c, d);
      const sum = (a + mixed + input.readUInt32LE(from + word * 4) + constant) >>> 0;
      [a, d, c, b] = [d, c, b, rotate(sum, SHIFTS[Math.floor(index / 16) * 4 + (index % 4)] ?? 0)];
    }
    [a, b, c, d].forEach((value, index) => (total[index] = (total[index] ?? 0) + value));
  }
  return Buffer.from(total.buffer);
}

/** Takes the next bytes of an RC4 stream and gives them back encrypted or decrypted. */
export type Rc4Stream = (bytes: Buffer) => Buffer;

/** An RC4 key stream that goes on from call to call. */
export function rc4Stream(key: Buffer): Rc4Stream {
  const box = Uint8Array.from({ length: 256 }, (_, index) => index);
  const get = (index: number): number => box[index] ?? 0;
  const exchange = (one: number, other: number): void => {
    const value = get(one);
    box[one] = get(other);
    box[other] = value;
  };
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + get(i) + key.readUInt8(i % key.length)) % 256;
    exchange(i, j);
  }
  let x = 0;
  let y = 0;
  return (bytes) => {
    const out = Buffer.alloc(bytes.length);
    let at = 0;
    while (at < out.length) {
      x = x === 255 ? 0 : x + 1;
      const a = box[x] ?? 0;
      y = (y + a) & 0xff;
      const b = box[y] ?? 0;
      box[y] = a;
      box[x] = b;
      out[at] = (bytes[at] ?? 0) ^ (box[(a + b) & 0xff] ?? 0);
      at += 1;
    }
    return out;
  };
}
