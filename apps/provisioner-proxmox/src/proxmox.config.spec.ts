import { DcmError, siteNameSchema, type SiteTls } from '@dcm/contracts';
import { createClient, siteOptionsSchema } from './proxmox.config';

const PIN = 'ab'.repeat(32);

const site = (change: { url?: string; tls?: SiteTls; username?: string; options?: object }) => ({
  name: siteNameSchema.parse('lab'),
  url: new URL(change.url ?? 'https://pve1.example:8006'),
  credentials: { username: change.username ?? 'dcm@pve!provisioner', password: 'p' },
  tls: change.tls ?? { kind: 'system' as const },
  limits: { maxConcurrent: 8, maxReads: 8, callTimeoutMs: 1_000 },
  options: siteOptionsSchema.parse(change.options ?? {}),
});

describe("a site's settings", () => {
  it('have a default for everything', () => {
    expect(siteOptionsSchema.parse({})).toMatchObject({
      endpoints: [],
      vmidBase: 500_000,
      fullClone: true,
      maxSockets: 8,
      maxClonesPerStorage: 4,
      storageReserve: 0.1,
      stageOneGraceMs: 120_000,
      softPowerTimeoutMs: 120_000,
      loginBackOffMs: 60_000,
    });
  });

  it.each([
    { vmIdBase: 1 },
    { vmidBase: 99 },
    { vmidBase: 1e9 },
    { pool: 'a/b' },
    { node: '../x' },
    { storage: '' },
    { maxSockets: 0 },
    { storageReserve: 1 },
    { endpoints: [{ url: 'ftp://pve2' }] },
    { endpoints: [{ url: 'https://pve2:8006', pinSha256: 'short' }] },
    { endpoints: [{ url: 'https://pve2:8006', insecure: true }] },
    { cpuType: 'host,flags=+aes' },
  ])('refuse %j', (options) => {
    expect(siteOptionsSchema.safeParse(options).success).toBe(false);
  });

  it('make a client that does not connect yet, by any kind of trust', () => {
    for (const tls of [{ kind: 'system' }, { kind: 'pin', sha256: PIN }, { kind: 'ca', pem: 'x' }] as const) {
      createClient(site({ tls, options: { endpoints: [{ url: 'https://pve2:8006', pinSha256: PIN }] } })).close();
    }
    createClient(site({ url: 'http://127.0.0.1:1/api2/json', tls: { kind: 'none' }, username: 'dcm@pve' })).close();
  });

  it.each([
    [{ url: 'http://pve1.example:8006', tls: { kind: 'none' as const } }, /site lab: .*url/],
    [{ url: 'https://pve1.example:8006/pve' }, /site lab: .*url/],
    [{ url: 'https://u:p@pve1.example:8006' }, /site lab: .*url/],
    [{ tls: { kind: 'pin' as const, sha256: 'short' } }, /site lab: .*pinSha256/],
    [{ username: 'root' }, /site lab: .*username/],
    [{ username: 'root@pam!' }, /site lab: .*username/],
    [{ options: { endpoints: [{ url: 'http://pve2.example:8006' }] } }, /site lab: .*url/],
  ])('are refused where a secret would leave in the clear or nothing would be reached: %j', (change, words) => {
    expect(() => createClient(site(change))).toThrow(DcmError);
    expect(() => createClient(site(change))).toThrow(words);
  });
});
