import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

/** A mail as it arrived. */
export interface CaughtMail {
  readonly to: readonly string[];
  readonly from: string;
  readonly headers: string;
  readonly body: string;
  /** The path of the link in it. */
  readonly link: string;
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
  /** While set, mails are answered with this reply instead of being taken. */
  reply: number | undefined;
  attempts = 0;
  private server!: SMTPServer;
  private port = 0;

  static async open(): Promise<MailCatcher> {
    const catcher = new MailCatcher();
    await catcher.listen();
    return catcher;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** Listens, again at the same place. */
  async listen(): Promise<void> {
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      logger: false,
      closeTimeout: 100,
      onData: (stream, { envelope }, done) => {
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
          this.mails.push({ to, from, headers, body, link });
          done();
        });
      },
    });
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.server.address() as AddressInfo).port;
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
