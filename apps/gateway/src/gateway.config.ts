import { z } from 'zod';
import { emailSchema } from '@dcm/contracts';
import { loadConfig, type Environment } from '@dcm/runtime';

const port = z.coerce.number().int().min(0).max(65_535);
const milliseconds = z.coerce.number().int().min(50).max(3_600_000);
const days = z.coerce.number().int().min(1).max(365);

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
/** Whether a host is this machine, where nobody listens in. */
export const isLoopback = (hostname: string): boolean => loopback.test(hostname);

const urlOf = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);

const smtpUrl = z
  .string()
  .refine((text) => /^smtps?:$/.test(urlOf(text)?.protocol ?? ''), 'must be smtps://… or smtp://…');
const publicUrl = z.string().refine((text) => {
  const url = urlOf(text);
  if (url?.search !== '' || url.hash !== '' || url.username !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}, 'must be https://…, without a query; http only on loopback');

/** What the gateway reads from the environment. `NAME_FILE` takes a value from a file. */
export const gatewayConfigSchema = z
  .object({
    DATABASE_URL: z.string().min(1),
    AMQP_URL: z.string().min(1),
    /** 0 takes a free port. */
    PORT: port.default(3000),
    HOST: z.string().min(1).default('127.0.0.1'),
    /** Shared with approvals: signs who asked. */
    DCM_INSTALLATION_KEY: z.string().min(16, 'must hold at least 16 characters'),
    /** A platform administrator's token that is made sure to exist: `dcm_<id>_<secret>`, or the secret alone for `dcm_bootstrap_<secret>`. */
    DCM_BOOTSTRAP_TOKEN: z.string().optional(),
    /** After how long a request that no event has confirmed is published again. */
    DCM_RESEND_MS: milliseconds.default(30_000),
    /**
     * So many accepted requests a second are handed on even while the machine is full and accepting slow; 0 hands all on at once, always.
     */
    DCM_LEAST_HANDED_ON: z.coerce.number().int().min(0).max(10_000).default(50),
    /** How often the read model is compared with the journal's head. */
    DCM_CATCH_UP_MS: milliseconds.default(5_000),
    /** Where mails are handed in; without it nobody is notified. `smtp://` demands STARTTLS, but on loopback without DCM_SMTP_CA. Holds the password. */
    DCM_SMTP_URL: smtpUrl.optional(),
    /** PEM certificates of authorities that are believed for the mail server, beside those that everybody believes. */
    DCM_SMTP_CA: z.string().min(1).optional(),
    /** Who mails are from: one address. */
    DCM_MAIL_FROM: emailSchema.optional(),
    /** Where people reach this API with a browser: the links in mails begin with it. */
    DCM_PUBLIC_URL: publicUrl.optional(),
    /** How often it is looked whether somebody is to be notified. */
    DCM_NOTIFY_MS: milliseconds.default(2_000),
    /** After how long a mail is tried again; twice as long after each attempt, an hour at most. */
    DCM_MAIL_RETRY_MS: milliseconds.default(30_000),
    /** How often it is looked whether something is to be posted to a webhook. */
    DCM_WEBHOOKS_MS: milliseconds.default(500),
    /** How long an endpoint may take to answer, look-up and handshake included. */
    DCM_WEBHOOKS_TIMEOUT_MS: milliseconds.default(10_000),
    /** After how long an event is posted again; twice as long after each attempt, four hours at most. */
    DCM_WEBHOOKS_RETRY_MS: milliseconds.default(5_000),
    /** A webhook at which every attempt failed for so many days is disabled. */
    DCM_WEBHOOKS_FAILING_DAYS: days.default(5),
    /** 1: webhooks may lead to private networks and, with http too, to this machine. Whoever may register one can then reach what the gateway can. */
    DCM_WEBHOOKS_ALLOW_PRIVATE: z
      .enum(['0', '1'])
      .default('0')
      .transform((text) => text === '1'),
    /** After so many days deliveries are deleted, whatever became of them. */
    DCM_WEBHOOKS_KEEP_DAYS: days.default(7),
    /** So many days after their links ended mails are deleted. */
    DCM_NOTIFICATIONS_KEEP_DAYS: days.default(30),
    /** How often it is looked whether something is to be deleted. */
    DCM_PRUNE_MS: milliseconds.default(3_600_000),
    /** PEM certificates of authorities that are believed for webhooks, beside those that everybody believes. */
    DCM_WEBHOOKS_CA: z.string().min(1).optional(),
  })
  .superRefine(({ DCM_SMTP_URL, DCM_MAIL_FROM, DCM_PUBLIC_URL }, context) => {
    if (DCM_SMTP_URL === undefined) return;
    const needed = { DCM_MAIL_FROM, DCM_PUBLIC_URL };
    for (const [name, value] of Object.entries(needed)) {
      if (value === undefined)
        context.addIssue({ code: 'custom', path: [name], message: 'must be set with DCM_SMTP_URL' });
    }
  });
export type GatewayConfig = z.output<typeof gatewayConfigSchema>;

/** @throws DcmError INVALID_REQUEST naming each variable that is missing or wrong. */
export const loadGatewayConfig = (env: Environment): GatewayConfig => loadConfig(gatewayConfigSchema, env);
