import { siteNameSchema } from '@dcm/contracts';
import { siteOptionsSchema, type HypervSite, type SiteOptions } from '../src/hyperv.config';

/** What a site's settings differ in from the default. */
export interface SiteChanges {
  readonly url?: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: HypervSite['tls'];
  readonly options?: Partial<SiteOptions>;
}

export const USERNAME = 'CONTOSO\\svc-dcm';
export const PASSWORD = 'Str0ng-password';

/** The library of the simulated server. */
export const LIBRARY = {
  share: '\\\\vmm01.contoso.test\\MSSCVMMLibrary',
  folder: 'C:\\ProgramData\\Virtual Machine Manager Library Files',
};

/** A site's configuration. */
export const aSite = (changes: SiteChanges = {}): HypervSite => ({
  name: siteNameSchema.parse('lab'),
  url: new URL(changes.url ?? 'http://127.0.0.1:5985/wsman'),
  credentials: { username: changes.username ?? USERNAME, password: changes.password ?? PASSWORD },
  tls: changes.tls ?? { kind: 'none' },
  limits: { maxConcurrent: 8, maxReads: 8, callTimeoutMs: 20_000 },
  options: siteOptionsSchema.parse({
    softPowerTimeoutMs: 5_000,
    startTimeoutMs: 20_000,
    changePollMs: 200,
    guestRefreshMs: 100,
    library: LIBRARY,
    ...changes.options,
  }),
});
