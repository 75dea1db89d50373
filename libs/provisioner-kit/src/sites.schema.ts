import { z } from 'zod';
import { siteNameSchema } from '@dcm/contracts';

const text = z.string().min(1);

const inTheClear = z
  .never({ error: 'a password does not stand in this file: use passwordFile or passwordEnv' })
  .optional();

const credentialsSchema = z
  .strictObject({
    username: text.optional(),
    usernameFile: text.optional(),
    usernameEnv: text.optional(),
    passwordFile: text.optional(),
    passwordEnv: text.optional(),
    password: inTheClear,
  })
  .superRefine((given, ctx) => {
    const names = [given.username, given.usernameFile, given.usernameEnv].filter((one) => one !== undefined);
    if (names.length !== 1) {
      ctx.addIssue({ code: 'custom', message: 'needs exactly one of username, usernameFile, usernameEnv' });
    }
    const passwords = [given.passwordFile, given.passwordEnv].filter((one) => one !== undefined);
    if (passwords.length !== 1) {
      ctx.addIssue({ code: 'custom', message: 'needs exactly one of passwordFile, passwordEnv' });
    }
  });

/** SHA-256 of the server's certificate, with or without colons, in hex. */
const pinSchema = z
  .string()
  .transform((value) => value.replaceAll(':', '').toLowerCase())
  .pipe(z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 fingerprint: 64 hex digits'));

const tlsSchema = z
  .strictObject({ caFile: text.optional(), pinSha256: pinSchema.optional(), system: z.literal(true).optional() })
  .refine((given) => Object.values(given).filter((one) => one !== undefined).length === 1, {
    error: 'needs exactly one of caFile, pinSha256, system: true',
  });

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

const siteShape = {
  name: siteNameSchema,
  url: z.url({ protocol: /^https?$/, error: 'must be an https address' }).transform((value) => new URL(value)),
  credentials: credentialsSchema,
  tls: tlsSchema.optional(),
  /** The private half of the site's sealing key; made when absent. Replicas on other machines need the same file. */
  sealingKeyFile: text,
  limits: z
    .strictObject({
      maxConcurrent: z.int().min(1).max(1_000).default(8),
      maxReads: z.int().min(1).max(1_000).default(8),
      callTimeoutMs: z.int().min(100).max(600_000).default(60_000),
    })
    .prefault({}),
};

interface Trusted {
  readonly url: URL;
  readonly tls?: unknown;
}

function requireTrust(site: Trusted, ctx: z.RefinementCtx): void {
  if (site.url.protocol === 'https:' && site.tls === undefined) {
    ctx.addIssue({ code: 'custom', path: ['tls'], message: 'is required: caFile, pinSha256, or system: true' });
  }
  if (site.url.protocol === 'http:' && !loopback.test(site.url.hostname)) {
    ctx.addIssue({ code: 'custom', path: ['url'], message: 'plain HTTP is for loopback addresses only' });
  }
}

/** The sites file, strict at every level; `options` are the platform's own. */
export const sitesFileSchema = (options: z.ZodObject) =>
  z
    .strictObject({
      sites: z
        .array(
          z.strictObject({ ...siteShape, options: options.strict().prefault({} as never) }).superRefine(requireTrust),
        )
        .min(1),
    })
    .superRefine(({ sites }, ctx) => {
      for (const [index, { name }] of sites.entries()) {
        if (sites.findIndex((other) => other.name === name) < index) {
          ctx.addIssue({ code: 'custom', path: ['sites', index, 'name'], message: `"${name}" stands here twice` });
        }
      }
    });
export type SitesFile = z.output<ReturnType<typeof sitesFileSchema>>;
export type SiteEntry = SitesFile['sites'][number];
