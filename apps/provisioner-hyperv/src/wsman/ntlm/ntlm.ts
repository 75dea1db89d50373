import { randomBytes } from 'node:crypto';
import type { Authenticator, Handshake, MessageSealing, Peer } from '../authenticator';
import { WsmanError } from '../wsman.errors';
import { channelBinding } from './channel.binding';
import { hmacMd5, lmV2Response, ntlmV2Response, responseKey, utf16 } from './ntlm.keys';
import {
  Attribute,
  decodeChallenge,
  encodeAttributes,
  encodeAuthenticate,
  encodeNegotiate,
  Flag,
  MIC_PRESENT,
  NtlmFormatError,
  writeMic,
  type Challenge,
} from './ntlm.messages';
import { NtlmSession } from './ntlm.session';
import { Rc4 } from './rc4';

/** An account of the domain or of the machine. */
export interface NtlmCredentials {
  /** `DOMAIN\user`, `user@realm`, or a bare `user` of the machine. */
  readonly username: string;
  readonly password: string;
}

/** Without these there is no message encryption worth the name, so a server that leaves one out is refused. */
const REQUIRED =
  Flag.UNICODE |
  Flag.SIGN |
  Flag.SEAL |
  Flag.NTLM |
  Flag.EXTENDED_SESSION_SECURITY |
  Flag.TARGET_INFO |
  Flag.KEY_128 |
  Flag.KEY_EXCHANGE;
const OFFERED = (REQUIRED | Flag.REQUEST_TARGET | Flag.ALWAYS_SIGN | Flag.VERSION | Flag.KEY_56) >>> 0;
const EPOCH_OFFSET_MS = 11_644_473_600_000n;

/**
 * NTLMv2 with integrity code, channel binding on TLS and message encryption without.
 * @throws WsmanError INVALID_OPTION when the name or the password is empty.
 * @see MS-NLMP
 */
export function ntlm({ username, password }: NtlmCredentials): Authenticator {
  if (username === '' || password === '') {
    throw new WsmanError('INVALID_OPTION', 'Unable to use NTLM: a user name and a password are needed');
  }
  const account = accountOf(username);
  return { name: 'NTLM', begin: (peer) => new NtlmHandshake(peer, account, password) };
}

interface Account {
  readonly domain: string;
  readonly user: string;
}

/** A name with `@` goes whole, without a domain: the server finds its realm. */
function accountOf(username: string): Account {
  const backslash = username.indexOf('\\');
  if (backslash < 0) return { domain: '', user: username };
  return { domain: username.slice(0, backslash), user: username.slice(backslash + 1) };
}

/** One handshake on one connection. */
class NtlmHandshake implements Handshake {
  readonly kind = 'HANDSHAKE';
  readonly scheme = 'Negotiate';
  private readonly negotiate = encodeNegotiate(OFFERED);
  private session: NtlmSession | undefined;

  constructor(
    private readonly peer: Peer,
    private readonly account: Account,
    private readonly password: string,
  ) {}

  first(): Promise<Buffer> {
    return Promise.resolve(this.negotiate);
  }

  answer(token: Buffer): Promise<Buffer | undefined> {
    if (this.session !== undefined) return Promise.resolve(undefined);
    return Promise.resolve(this.authenticate(token, this.challengeOf(token)));
  }

  finish(): Promise<MessageSealing | undefined> {
    return Promise.resolve(this.session);
  }

  private challengeOf(token: Buffer): Challenge {
    try {
      const challenge = decodeChallenge(token);
      if ((challenge.flags & REQUIRED) === REQUIRED) return challenge;
    } catch (error) {
      if (error instanceof NtlmFormatError) throw this.refusal(`its NTLM challenge is unusable: ${error.message}`);
      throw error;
    }
    throw this.refusal('it does not offer 128-bit signing and sealing');
  }

  private refusal(why: string): WsmanError {
    return new WsmanError('AUTHENTICATION_UNAVAILABLE', `Unable to log in to ${this.peer.host} by NTLM: ${why}`);
  }

  private authenticate(token: Buffer, challenge: Challenge): Buffer {
    const { user, domain } = this.account;
    const time = challenge.targetInfo.get(Attribute.TIMESTAMP);
    const input = {
      key: responseKey(user, this.password, domain),
      serverChallenge: challenge.serverChallenge,
      clientChallenge: randomBytes(8),
      time: time ?? fileTime(),
      targetInfo: encodeAttributes(this.signedAttributes(challenge, time !== undefined)),
    };
    const { response, sessionBaseKey } = ntlmV2Response(input);
    const exportedSessionKey = randomBytes(16);
    const message = encodeAuthenticate({
      flags: (challenge.flags & OFFERED) >>> 0,
      lmResponse: time === undefined ? lmV2Response(input) : Buffer.alloc(24),
      ntResponse: response,
      domain,
      username: user,
      workstation: '',
      encryptedSessionKey: new Rc4(sessionBaseKey).next(exportedSessionKey),
    });
    if (time !== undefined) writeMic(message, hmacMd5(exportedSessionKey, this.negotiate, token, message));
    this.session = new NtlmSession(exportedSessionKey);
    return message;
  }

  /** The server's attributes and ours: that a MIC follows, which service is meant, and on which TLS connection. */
  private signedAttributes({ targetInfo }: Challenge, hasMic: boolean): ReadonlyMap<number, Buffer> {
    const signed = new Map(targetInfo);
    if (hasMic) {
      const flags = Buffer.alloc(4);
      flags.writeUInt32LE(((signed.get(Attribute.FLAGS)?.readUInt32LE() ?? 0) | MIC_PRESENT) >>> 0);
      signed.set(Attribute.FLAGS, flags);
    }
    signed.set(Attribute.TARGET_NAME, utf16(`HTTP/${this.peer.host}`));
    const { certificate } = this.peer;
    signed.set(Attribute.CHANNEL_BINDINGS, certificate === undefined ? Buffer.alloc(16) : channelBinding(certificate));
    return signed;
  }
}

/** Now, in tenths of microseconds since 1601. */
function fileTime(): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64LE((BigInt(Date.now()) + EPOCH_OFFSET_MS) * 10_000n);
  return time;
}
