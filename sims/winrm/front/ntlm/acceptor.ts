import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { AvId, readAttributes, writeAttributes } from './attributes';
import { md4Hash, rc4Stream } from './legacy';
import { ServerSealing } from './sealing';

/** What the domain knows of who logs in. */
export interface NtlmDomain {
  /** NetBIOS name, e.g. `CONTOSO`. */
  readonly domain: string;
  readonly computer: string;
  readonly dnsDomain: string;
  /** Finds an account by the names that the client sent. */
  find(username: string, domain: string): { readonly name: string; readonly password: string } | undefined;
}

/** How strictly a login must be tied to its TLS connection; Windows calls it CbtHardeningLevel. */
export type CbtHardening = 'None' | 'Relaxed' | 'Strict';

/** The connection that a login is made on. */
export interface AcceptorOptions {
  /** The certificate (DER) that this server shows; absent on plain HTTP. */
  readonly certificate?: Buffer;
  readonly cbtHardening: CbtHardening;
  /** Whether the integrity code over all three messages must be there. */
  readonly requireMic: boolean;
  /** Whether the challenge tells the time; without it, clients leave the integrity code out. */
  readonly sendTimestamp: boolean;
}

/** What a login proved. */
export interface Accepted {
  readonly account: string;
  readonly sealing: ServerSealing;
  /** What the login carried, for tests to look at. */
  readonly hasMic: boolean;
  readonly hasChannelBinding: boolean;
  readonly targetName: string;
}

/** The login is refused; the message says why, for the simulator's log only. */
export class LoginRefused extends Error {
  override readonly name = 'LoginRefused';
}

const MAGIC = 'NTLMSSP\0';
const WINDOWS_2022 = Buffer.from([10, 0, 0x7c, 0x4f, 0, 0, 0, 15]);
/** UNICODE, SIGN, SEAL, NTLM, ALWAYS_SIGN, TARGET_TYPE_DOMAIN, EXTENDED_SESSIONSECURITY, TARGET_INFO, VERSION, 128, KEY_EXCH, 56 */
const SERVER_FLAGS = 0xe2898235 & ~0x4;
/** UNICODE, NTLM, TARGET_TYPE_DOMAIN, TARGET_INFO: Windows answers with them whatever was offered. */
const ALWAYS_FLAGS = 0x00810201;
const KEY_EXCHANGE = 0x40000000;
const FIXED_CHALLENGE = 56;

const mac = (key: Buffer, data: Buffer): Buffer => createHmac('md5', key).update(data).digest();
const text = (value: string): Buffer => Buffer.from(value, 'utf16le');

/** The server's side of one NTLMv2 handshake. @see MS-NLMP 3.2.5 */
export class NtlmAcceptor {
  private readonly serverChallenge = randomBytes(8);
  private negotiate = Buffer.alloc(0);
  private challenge = Buffer.alloc(0);

  constructor(
    private readonly domain: NtlmDomain,
    private readonly options: AcceptorOptions,
  ) {}

  /** Type of a message: 1, 2, 3; 0 when it is none. */
  static typeOf(message: Buffer): number {
    return message.length >= 12 && message.toString('latin1', 0, 8) === MAGIC ? message.readUInt32LE(8) : 0;
  }

  /** Answers the first message. */
  challengeFor(negotiate: Buffer): Buffer {
    this.negotiate = Buffer.from(negotiate);
    const { domain, computer, dnsDomain } = this.domain;
    const target = text(domain);
    const info = writeAttributes([
      [AvId.DOMAIN, text(domain)],
      [AvId.COMPUTER, text(computer)],
      [AvId.DNS_DOMAIN, text(dnsDomain)],
      [AvId.DNS_COMPUTER, text(`${computer.toLowerCase()}.${dnsDomain}`)],
      ...(this.options.sendTimestamp ? [[AvId.TIMESTAMP, now()] as const] : []),
    ]);
    const head = Buffer.alloc(FIXED_CHALLENGE);
    head.write(MAGIC, 'latin1');
    head.writeUInt32LE(2, 8);
    writeField(head, 12, target.length, FIXED_CHALLENGE);
    head.writeUInt32LE(((negotiate.readUInt32LE(12) & SERVER_FLAGS) | ALWAYS_FLAGS) >>> 0, 20);
    this.serverChallenge.copy(head, 24);
    writeField(head, 40, info.length, FIXED_CHALLENGE + target.length);
    WINDOWS_2022.copy(head, 48);
    this.challenge = Buffer.concat([head, target, info]);
    return this.challenge;
  }

  /**
   * Checks the last message: proof, integrity code, channel binding.
   * @throws LoginRefused
   */
  accept(authenticate: Buffer): Accepted {
    if (this.challenge.length === 0 || authenticate.length < 64) throw new LoginRefused('no challenge was asked for');
    const response = readField(authenticate, 20);
    if (response.length < 48) throw new LoginRefused('not an NTLMv2 response');
    const sentDomain = readField(authenticate, 28).toString('utf16le');
    const sentUser = readField(authenticate, 36).toString('utf16le');
    const account = this.domain.find(sentUser, sentDomain);
    if (account === undefined) throw new LoginRefused(`no account ${sentDomain}\\${sentUser}`);
    const key = mac(md4Hash(text(account.password)), text(sentUser.toUpperCase() + sentDomain));
    const proof = response.subarray(0, 16);
    const signed = response.subarray(16);
    if (!timingSafeEqual(mac(key, Buffer.concat([this.serverChallenge, signed])), proof)) {
      throw new LoginRefused('the proof does not fit the password');
    }
    const attributes = readAttributes(signed.subarray(28));
    if (attributes === undefined) throw new LoginRefused('the signed attributes are malformed');
    const exported = sessionKey(mac(key, proof), authenticate);
    return {
      account: account.name,
      sealing: new ServerSealing(exported),
      hasMic: this.checkMic(authenticate, exported, attributes),
      hasChannelBinding: this.checkBinding(attributes.get(AvId.CHANNEL_BINDINGS)),
      targetName: attributes.get(AvId.TARGET_NAME)?.toString('utf16le') ?? '',
    };
  }

  private checkMic(authenticate: Buffer, exported: Buffer, attributes: ReadonlyMap<number, Buffer>): boolean {
    const isClaimed = ((attributes.get(AvId.FLAGS)?.readUInt32LE(0) ?? 0) & 2) !== 0;
    if (!isClaimed) {
      if (this.options.requireMic && this.options.sendTimestamp) throw new LoginRefused('there is no integrity code');
      return false;
    }
    const blank = Buffer.from(authenticate).fill(0, 72, 88);
    const expected = mac(exported, Buffer.concat([this.negotiate, this.challenge, blank]));
    if (!timingSafeEqual(expected, authenticate.subarray(72, 88)))
      throw new LoginRefused('the integrity code is wrong');
    return true;
  }

  private checkBinding(sent: Buffer | undefined): boolean {
    const { certificate, cbtHardening } = this.options;
    const isGiven = sent?.some((byte) => byte !== 0) === true;
    if (certificate === undefined || cbtHardening === 'None') return isGiven;
    if (!isGiven) {
      if (cbtHardening === 'Strict') throw new LoginRefused('there is no channel binding');
      return false;
    }
    if (!endPointBinding(certificate).equals(sent))
      throw new LoginRefused('the channel binding is of another connection');
    return true;
  }
}

/** The value that a login on a connection with this certificate must carry. @see RFC 5929; RFC 2744, 3.11 */
function endPointBinding(certificate: Buffer): Buffer {
  const application = Buffer.concat([
    Buffer.from('tls-server-end-point:'),
    createHash('sha256').update(certificate).digest(),
  ]);
  const noAddresses = Buffer.alloc(16);
  const length = Buffer.alloc(4);
  length.writeInt32LE(application.length);
  return createHash('md5')
    .update(Buffer.concat([noAddresses, length, application]))
    .digest();
}

function sessionKey(base: Buffer, authenticate: Buffer): Buffer {
  if ((authenticate.readUInt32LE(60) & KEY_EXCHANGE) === 0) return base;
  const encrypted = readField(authenticate, 52);
  if (encrypted.length !== 16) throw new LoginRefused('a session key was agreed on and not sent');
  return rc4Stream(base)(encrypted);
}

function writeField(message: Buffer, at: number, length: number, offset: number): void {
  message.writeUInt16LE(length, at);
  message.writeUInt16LE(length, at + 2);
  message.writeUInt32LE(offset, at + 4);
}

function readField(message: Buffer, at: number): Buffer {
  const offset = message.readUInt32LE(at + 4);
  const length = message.readUInt16LE(at);
  if (offset + length > message.length) throw new LoginRefused('a field lies outside the message');
  return message.subarray(offset, offset + length);
}

/** FILETIME. */
function now(): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigInt64LE(BigInt(Date.now()) * 10_000n + 116_444_736_000_000_000n);
  return time;
}
