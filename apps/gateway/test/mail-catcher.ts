import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { SecureVersion } from 'node:tls';
import { SMTPServer } from 'smtp-server';

/** A mail as it arrived. */
export interface CaughtMail {
  readonly to: readonly string[];
  readonly from: string;
  readonly headers: string;
  readonly body: string;
  /** Whether it came over TLS. */
  readonly isSecure: boolean;
  /** The path of the link in it. */
  readonly link: string;
}

/** Who logged in, or tried to. */
export interface CaughtLogin {
  readonly user: string | null | undefined;
  readonly password: string | null | undefined;
  readonly isSecure: boolean;
}

/** How the catcher is reached: in the clear, unless it is given a certificate. */
export interface MailDoor {
  /** PEM; `implicit`: from the first byte, else after STARTTLS. */
  readonly tls?: {
    readonly key: string;
    readonly cert: string;
    readonly implicit: boolean;
    readonly maxVersion?: SecureVersion;
  };
  /** Who may hand in mails; absent: everybody. */
  readonly login?: { readonly user: string; readonly password: string };
}

/** Undoes quoted-printable, which cuts links. */
const decode = (raw: string): string =>
  Buffer.from(
    raw
      .replaceAll(/=\r?\n/g, '')
      .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');

/** A local SMTP server that keeps what it gets. */
export class MailCatcher {
  readonly mails: CaughtMail[] = [];
  readonly logins: CaughtLogin[] = [];
  /** While set, mails are answered with this reply instead of being taken. */
  reply: number | undefined;
  attempts = 0;
  private server!: SMTPServer;
  port = 0;

  private constructor(private readonly door: MailDoor) {}

  static async open(door: MailDoor = {}): Promise<MailCatcher> {
    const catcher = new MailCatcher(door);
    await catcher.listen();
    return catcher;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** Listens, again at the same place. */
  async listen(): Promise<void> {
    this.server = new SMTPServer({
      ...this.doorOptions(),
      logger: false,
      closeTimeout: 100,
      onAuth: ({ username: user, password }, { secure }, done) => {
        this.logins.push({ user, password, isSecure: secure });
        const { login } = this.door;
        const isRight = user === login?.user && password === login?.password;
        done(isRight ? null : Object.assign(new Error('wrong'), { responseCode: 535 }), { user });
      },
      onData: (stream, { envelope, secure }, done) => {
        this.attempts += 1;
        const to = envelope.rcptTo.map(({ address }) => address);
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        void text(stream).then((raw) => {
          const [headers = '', ...rest] = raw.split('\r\n\r\n');
          const body = decode(rest.join('\r\n\r\n'));
          const link = /https?:\/\/[^/\s]+(\/v1\/approval-links\/[\w-]+)/.exec(body)?.[1] ?? '';
          if (this.reply !== undefined) {
            done(Object.assign(new Error('not now'), { responseCode: this.reply }));
            return;
          }
          this.mails.push({ to, from, headers, body, link, isSecure: secure });
          done();
        });
      },
    });
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.server.address() as AddressInfo).port;
    this.server.on('error', () => undefined);
  }

  private doorOptions(): ConstructorParameters<typeof SMTPServer>[0] {
    const { tls, login } = this.door;
    const disabledCommands = [...(login === undefined ? ['AUTH'] : []), ...(tls === undefined ? ['STARTTLS'] : [])];
    const isOpen = { authOptional: login === undefined, disabledCommands };
    if (tls === undefined) return isOpen;
    const { key, cert, implicit, maxVersion } = tls;
    const versions = maxVersion === undefined ? {} : { minVersion: 'TLSv1' as const, maxVersion };
    return { ...isOpen, secure: implicit, key, cert, ...versions };
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(resolve);
    });
  }

  to(address: string): CaughtMail[] {
    return this.mails.filter((mail) => mail.to.includes(address));
  }
}
