const BLOCK = 64;
const LENGTH_FIELD = 8;

/** Order in which a round takes the sixteen words, its four shifts, its constant and its function. */
interface Round {
  readonly order: readonly number[];
  readonly shifts: readonly [number, number, number, number];
  readonly constant: number;
  readonly mix: (x: number, y: number, z: number) => number;
}

const ROUNDS: readonly Round[] = [
  {
    order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    shifts: [3, 7, 11, 19],
    constant: 0,
    mix: (x, y, z) => (x & y) | (~x & z),
  },
  {
    order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
    shifts: [3, 5, 9, 13],
    constant: 0x5a827999,
    mix: (x, y, z) => (x & y) | (x & z) | (y & z),
  },
  {
    order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    shifts: [3, 9, 11, 15],
    constant: 0x6ed9eba1,
    mix: (x, y, z) => x ^ y ^ z,
  },
];

/**
 * MD4, which NTLM makes of a password and OpenSSL 3 no longer offers. Broken as a hash; use it for nothing else.
 * @returns 16 bytes
 * @see RFC 1320
 */
export function md4(message: Uint8Array): Buffer {
  const padded = pad(message);
  let state: State = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
  for (let at = 0; at < padded.length; at += BLOCK) state = digest(state, padded.subarray(at, at + BLOCK));
  const out = Buffer.alloc(16);
  state.forEach((word, index) => out.writeInt32LE(word, index * 4));
  return out;
}

type State = [number, number, number, number];

function pad(message: Uint8Array): Buffer {
  const blocks = Math.ceil((message.length + 1 + LENGTH_FIELD) / BLOCK);
  const padded = Buffer.alloc(blocks * BLOCK);
  padded.set(message);
  padded[message.length] = 0x80;
  padded.writeBigUInt64LE(BigInt(message.length) * 8n, padded.length - LENGTH_FIELD);
  return padded;
}

function digest(before: State, block: Buffer): State {
  let [a, b, c, d] = before;
  for (const { order, shifts, constant, mix } of ROUNDS) {
    order.forEach((word, step) => {
      const sum = (a + mix(b, c, d) + block.readInt32LE(word * 4) + constant) | 0;
      const shift = shifts[(step % 4) as 0 | 1 | 2 | 3];
      [a, b, c, d] = [d, (sum << shift) | (sum >>> (32 - shift)), b, c];
    });
  }
  return [(before[0] + a) | 0, (before[1] + b) | 0, (before[2] + c) | 0, (before[3] + d) | 0];
}
