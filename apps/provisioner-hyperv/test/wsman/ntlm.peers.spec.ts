import { Accounts } from '../../../../sims/winrm/front/accounts';
import {
  LoginRefused,
  NtlmAcceptor,
  type Accepted,
  type AcceptorOptions,
} from '../../../../sims/winrm/front/ntlm/acceptor';
import { md4Hash } from '../../../../sims/winrm/front/ntlm/legacy';
import { ServerSealing } from '../../../../sims/winrm/front/ntlm/sealing';
import { selfSigned } from '../../../../sims/faults/certificate';
import { X509Certificate } from 'node:crypto';
import { ntlm, type Handshake, type MessageSealing } from '../../src/wsman';
import { md4 } from '../../src/wsman/ntlm/md4';
import { NtlmSession } from '../../src/wsman/ntlm/ntlm.session';

const ACCOUNT = { name: 'CONTOSO\\Svc', upn: 'svc@contoso.test', password: 'P@ss ß 密' };
const der = (): Buffer => new X509Certificate(selfSigned().cert).raw;

const unchanged = (message: Buffer): Buffer => message;

/** One handshake between the client's NTLM and the simulator's, which share no code. */
async function meet(
  options: Partial<AcceptorOptions> = {},
  client: { username?: string; password?: string; certificate?: Buffer; tamper?: (message: Buffer) => Buffer } = {},
): Promise<{ accepted: Accepted; sealing: MessageSealing }> {
  const { username = ACCOUNT.name, password = ACCOUNT.password, certificate, tamper = unchanged } = client;
  const acceptor = new NtlmAcceptor(new Accounts([ACCOUNT]), {
    cbtHardening: 'Relaxed',
    requireMic: true,
    sendTimestamp: true,
    ...options,
  });
  const peer = { host: 'scvmm01.contoso.test', ...(certificate === undefined ? {} : { certificate }) };
  const handshake = ntlm({ username, password }).begin(peer) as Handshake;
  const answer = (await handshake.answer(acceptor.challengeFor(await handshake.first())))!;
  const accepted = acceptor.accept(tamper(answer));
  return { accepted, sealing: (await handshake.finish(undefined))! };
}

const flip = (at: number) => (message: Buffer) => {
  const changed = Buffer.from(message);
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
  return changed;
};

describe('two implementations of NTLM', () => {
  it.each(['CONTOSO\\Svc', 'contoso\\sVC', 'svc@contoso.test'])('agree on who %s is', async (username) => {
    const { accepted } = await meet({}, { username });
    expect(accepted).toMatchObject({ account: ACCOUNT.name, hasMic: true, targetName: 'HTTP/scvmm01.contoso.test' });
  });

  it('seal and open each other’s messages, in order, of every size', async () => {
    const { accepted, sealing } = await meet();
    for (let size = 0; size < 3_000; size += 37) {
      const plain = Buffer.alloc(size, `message ${size} `);
      const there = sealing.seal(plain);
      expect(accepted.sealing.open(there.sealed, there.signature)).toEqual(plain);
      const back = accepted.sealing.seal(plain);
      expect(sealing.open(back.sealed, back.signature)).toEqual(plain);
    }
  });

  it('do not take the same message twice', async () => {
    const { accepted, sealing } = await meet();
    const { sealed, signature } = sealing.seal(Buffer.from('once'));
    expect(accepted.sealing.open(sealed, signature)).toBeDefined();
    expect(accepted.sealing.open(sealed, signature)).toBeUndefined();
  });

  it('agree on the binding to a TLS connection, and only to that', async () => {
    const certificate = der();
    const { accepted } = await meet({ certificate, cbtHardening: 'Strict' }, { certificate });
    expect(accepted.hasChannelBinding).toBe(true);
    await expect(meet({ certificate }, { certificate: der() })).rejects.toThrow('of another connection');
    await expect(meet({ certificate, cbtHardening: 'Strict' })).rejects.toThrow('there is no channel binding');
  });

  it.each([
    ['the integrity code', flip(72)],
    ['the flags, which the integrity code covers', flip(62)],
    ['the version, which the integrity code covers', flip(65)],
  ])('notice a changed bit in %s', async (_what, tamper) => {
    await expect(meet({}, { tamper })).rejects.toThrow(LoginRefused);
  });

  it('notice a changed bit in every part of the response', async () => {
    const lengths: number[] = [];
    await meet(
      {},
      { tamper: (message) => (lengths.push(message.readUInt32LE(24), message.readUInt16LE(20)), message) },
    );
    const [from = 0, length = 0] = lengths;
    for (const at of [from, from + 15, from + 16, from + 30, from + 45, from + length - 5]) {
      await expect(meet({}, { tamper: flip(at) })).rejects.toThrow(LoginRefused);
    }
  });

  it('do not agree with another password, or on an unknown account', async () => {
    await expect(meet({}, { password: 'P@ss ß 宻' })).rejects.toThrow('does not fit');
    await expect(meet({}, { username: 'CONTOSO\\nobody' })).rejects.toThrow('no account');
  });

  it('have the same MD4 for messages of all lengths, and the same keys', () => {
    for (let length = 0; length < 200; length++) {
      const message = Buffer.alloc(length, length);
      expect(md4(message)).toEqual(md4Hash(message));
    }
    const exported = Buffer.alloc(16, 7);
    const { sealed, signature } = new NtlmSession(exported).seal(Buffer.from('x'));
    expect(new ServerSealing(exported).open(sealed, signature)?.toString()).toBe('x');
  });
});
