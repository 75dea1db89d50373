import type { SiteConfig } from '@dcm/contracts';
import { z } from 'zod';

const name = z.string().min(1).max(255);

/** Where VMM keeps what VMs read from a DVD drive: the share as VMM names it, and its folder on the VMM server's own disk. */
const librarySchema = z.strictObject({
  /** Such as `\\vmm01.contoso.test\MSSCVMMLibrary`. */
  share: z.string().regex(/^\\\\[^\\/]+\\[^/]+[^\\/]$/, 'must be a UNC path such as \\\\server\\share'),
  /** Such as `C:\ProgramData\Virtual Machine Manager Library Files`: a UNC path would ask for a second login there. */
  folder: z.string().regex(/^[A-Za-z]:\\[^/]*$/, 'must be a local path such as C:\\Library'),
});

/** A site's own settings (`options` in the sites file). Names are those that VMM shows. */
export const siteOptionsSchema = z
  .strictObject({
    /** How DCM proves who it is to WinRM. Basic works over TLS and with local accounts only. */
    authentication: z.enum(['ntlm', 'basic']).default('ntlm'),
    /** The VMM server as seen from the machine that WinRM leads to. */
    vmmServer: name.default('localhost'),
    vmmPort: z.int().min(1).max(65_535).optional(),
    /** The user role to act in; default: what the account's own roles allow. */
    userRole: name.optional(),
    /** Whether VMM is told the credentials again: needed where WinRM leads to another machine than the VMM server. */
    passCredentials: z.boolean().default(false),
    /** Cloud for VMs that name no place. */
    cloud: name.optional(),
    /** Host group for VMs that name no place, as name or path. Default: all hosts. */
    hostGroup: name.optional(),
    /** VM network of VMs that name none. Default: the image's own. */
    vmNetwork: name.optional(),
    /** Needed for cloud-init: its data travels as a small ISO file in a library share. */
    library: librarySchema.optional(),
    /** Warm processes on the server; one is kept free for reads when there are several. */
    workers: z.int().min(1).max(4).default(2),
    /** How long such a process may take to come up, which includes loading VMM's module. */
    startTimeoutMs: z.int().min(1_000).max(600_000).default(120_000),
    /** After so long, or so many requests, it is replaced. */
    workerMaxAgeMs: z.int().min(10_000).max(86_400_000).default(1_800_000),
    workerMaxRequests: z.int().min(1).max(100_000).default(500),
    /** How often jobs are looked at that have run for a while. */
    jobPollMs: z.int().min(100).max(60_000).default(2_000),
    /** How often VMM is asked for what changed. */
    changePollMs: z.int().min(200).max(300_000).default(5_000),
    /** How old what VMM knows of a guest may be before it is asked to look again. */
    guestRefreshMs: z.int().min(0).max(3_600_000).default(30_000),
    /** How long a guest may take to shut down. */
    softPowerTimeoutMs: z.int().min(1_000).max(900_000).default(120_000),
    /** How long the server may hold a request that waits for output. */
    holdMs: z.int().min(1_000).max(60_000).default(20_000),
    /** How long refused credentials are not tried again: repeated tries lock the account. */
    loginBackOffMs: z.int().min(0).max(3_600_000).default(60_000),
  })
  .refine(({ cloud, hostGroup }) => cloud === undefined || hostGroup === undefined, {
    path: ['hostGroup'],
    message: 'must not be given beside a cloud',
  });
export type SiteOptions = z.output<typeof siteOptionsSchema>;
export type HypervSite = SiteConfig<SiteOptions>;
