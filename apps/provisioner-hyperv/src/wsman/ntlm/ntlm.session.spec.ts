import { directionKey, hmacMd5 } from './ntlm.keys';
import { NtlmSession } from './ntlm.session';
import { Rc4 } from './rc4';

const exported = Buffer.alloc(16, 0x55);

/** What a server would send: sealed with the keys of its direction. */
function served(plain: Buffer, sequence = 0): { sealed: Buffer; signature: Buffer } {
  const cipher = new Rc4(directionKey(exported, 'server-to-client', 'sealing'));
  const count = Buffer.alloc(4);
  count.writeUInt32LE(sequence);
  const sealed = cipher.next(plain);
  const mac = hmacMd5(directionKey(exported, 'server-to-client', 'signing'), count, plain).subarray(0, 8);
  return { sealed, signature: Buffer.concat([Buffer.from([1, 0, 0, 0]), cipher.next(mac), count]) };
}

describe('a sealed session', () => {
  it('seals as the published example says (MS-NLMP 4.2.4.4)', () => {
    const { sealed, signature } = new NtlmSession(exported).seal(Buffer.from('Plaintext', 'utf16le'));
    expect(sealed.toString('hex')).toBe('54e50165bf1936dc996020c1811b0f06fb5f');
    expect(signature.toString('hex')).toBe('010000007fb38ec5c55d497600000000');
  });

  it('opens what the other side sealed', () => {
    const { sealed, signature } = served(Buffer.from('<answer/>'));
    expect(new NtlmSession(exported).open(sealed, signature).toString()).toBe('<answer/>');
  });

  it.each([
    [
      'a changed byte',
      (sealed: Buffer) => Buffer.concat([sealed.subarray(0, 1), Buffer.from([0]), sealed.subarray(2)]),
      0,
    ],
    ['a message out of order', (sealed: Buffer) => sealed, 1],
  ])('does not believe %s', (_what, change, sequence) => {
    const { sealed, signature } = served(Buffer.from('<answer/>'), sequence);
    expect(() => new NtlmSession(exported).open(change(sealed), signature)).toThrow('signature is wrong');
  });

  it('does not believe a signature of another length', () => {
    const { sealed, signature } = served(Buffer.from('<answer/>'));
    expect(() => new NtlmSession(exported).open(sealed, signature.subarray(0, 15))).toThrow('signature is wrong');
  });
});
