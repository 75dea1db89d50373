import type { Handshake } from '../authenticator';
import { isWsmanError } from '../wsman.errors';
import { ntlm } from './ntlm';

const credentials = { username: 'Domain\\User', password: 'Password' };
/** The CHALLENGE of MS-NLMP 4.2.4.3, and one without 128-bit keys. */
const CHALLENGE =
  '4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef00000000000000002400240044000000' +
  '06007017 0000000f53006500720076006500720002000c0044006f006d00610069006e0001000c0053006500720076006500720000000000';
const challenge = Buffer.from(CHALLENGE.replace(/\s/g, ''), 'hex');

function begin(): Handshake {
  const handshake = ntlm(credentials).begin({ host: 'scvmm01' });
  if (handshake.kind !== 'HANDSHAKE') throw new Error('NTLM is a handshake');
  return handshake;
}

describe('an NTLM handshake', () => {
  it('begins with a NEGOTIATE message', async () => {
    const first = await begin().first();
    expect(first.toString('latin1', 0, 8)).toBe('NTLMSSP\0');
    expect(first.readUInt32LE(8)).toBe(1);
  });

  it('answers the published challenge, which has no time, with the older response and no integrity code', async () => {
    const handshake = begin();
    await handshake.first();
    const answer = (await handshake.answer(challenge))!;
    expect(answer.readUInt32LE(8)).toBe(3);
    expect(answer.readUInt16LE(12)).toBe(24);
    expect(answer.subarray(72, 88)).toEqual(Buffer.alloc(16));
    expect(answer.toString('utf16le', answer.readUInt32LE(32), answer.readUInt32LE(32) + answer.readUInt16LE(28))).toBe(
      'Domain',
    );
    expect(await handshake.finish(undefined)).toBeDefined();
  });

  it('has nothing to say to a second challenge', async () => {
    const handshake = begin();
    await handshake.answer(challenge);
    expect(await handshake.answer(challenge)).toBeUndefined();
  });

  it.each([
    ['is cut short', challenge.subarray(0, 40)],
    ['is another message', Buffer.from(challenge).fill(3, 8, 9)],
    ['points behind its end', Buffer.from(challenge).fill(0xff, 40, 42)],
    ['has an attribute list without end', Buffer.from(challenge).fill(7, challenge.length - 4, challenge.length - 2)],
    ['offers no 128-bit keys', Buffer.from(challenge).fill(0x82, 23, 24)],
    ['offers no sealing', Buffer.from(challenge).fill(0x13, 20, 21)],
  ])('refuses a challenge that %s', (_what, bytes) => {
    let thrown: unknown;
    try {
      void begin().answer(bytes);
    } catch (error) {
      thrown = error;
    }
    expect(isWsmanError(thrown, 'AUTHENTICATION_UNAVAILABLE')).toBe(true);
  });

  it.each([
    ['', 'x'],
    ['x', ''],
  ])('needs a name and a password', (username, password) => {
    expect(() => ntlm({ username, password })).toThrow('a user name and a password are needed');
  });
});
