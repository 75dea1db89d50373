import { rootCertificates } from 'node:tls';
import { Inject, Injectable } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import { isLoopback, type GatewayConfig } from '../gateway.config';
import { CONFIG } from '../parts';
import { backOffMs } from './back-off.policy';
import type { Letter } from './letter.mapper';
import type { LinkSeed } from './link';
import { hashToken, linkOf, tokenOf } from './link.policy';

/** A letter with who it is to, and an id that stays the same when it is sent again. */
export interface Mail extends Letter {
  readonly id: string;
  readonly to: string;
}

/** In sum shorter than a process has to drain. */
const timeouts = { connectionTimeout: 4_000, greetingTimeout: 4_000, socketTimeout: 8_000, dnsTimeout: 4_000 };

/** What the password of a URL may be encoded as is undone. */
const authOf = ({ username, password }: URL): { user: string; pass: string } | undefined =>
  username === '' ? undefined : { user: decodeURIComponent(username), pass: decodeURIComponent(password) };

/** What is used of the library. */
interface Transport {
  sendMail(mail: object): Promise<unknown>;
}

/** @param ca PEM of authorities that are believed beside those that everybody believes. */
function transportTo(url: URL, ca: string | undefined): Transport {
  const secure = url.protocol === 'smtps:';
  const isPlain = !secure && isLoopback(url.hostname) && ca === undefined;
  const auth = authOf(url);
  return createTransport({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    // On loopback there is nobody to hide from, and a certificate for it is rare: who has one names its authority.
    requireTLS: !secure && !isPlain,
    ignoreTLS: isPlain,
    tls: { minVersion: 'TLSv1.2', ...(ca !== undefined && { ca: [...rootCertificates, ca] }) },
    ...(auth !== undefined && { auth }),
    ...timeouts,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** Hands mails to an SMTP server. */
@Injectable()
export class MailClient {
  private readonly transport: Transport | undefined;

  constructor(@Inject(CONFIG) private readonly config: GatewayConfig) {
    const { DCM_SMTP_URL: url, DCM_SMTP_CA: ca } = config;
    this.transport = url === undefined ? undefined : transportTo(new URL(url), ca);
  }

  /** The link of a mail, and the hash by which it is found. */
  linkFor(seed: LinkSeed): { readonly link: string; readonly tokenSha256: Buffer } {
    const token = tokenOf(this.config.DCM_INSTALLATION_KEY, seed);
    return { link: linkOf(this.config.DCM_PUBLIC_URL ?? '', token), tokenSha256: hashToken(token) };
  }

  /** For how long a mail rests after an attempt, 1 being the first. */
  restMs(attempt: number): number {
    return backOffMs(attempt, this.config.DCM_MAIL_RETRY_MS);
  }

  /** Resolves when the server has taken the mail. Rejects with the library's error: `code`, and `responseCode` where the server spoke. */
  async send({ id, to, subject, text, html }: Mail): Promise<void> {
    const from = this.config.DCM_MAIL_FROM ?? '';
    await this.transport?.sendMail({
      from: { name: 'DCM', address: from },
      to: { name: '', address: to },
      subject,
      text,
      html,
      messageId: `<${id}@${from.split('@').at(-1) ?? 'dcm'}>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
  }
}
