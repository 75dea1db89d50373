import { DcmError, siteNameSchema, type SiteTls } from '@dcm/contracts';
import { createClient, siteOptionsSchema } from './vsphere.config';

const site = (url: string, tls: SiteTls) => ({
  name: siteNameSchema.parse('lab'),
  url: new URL(url),
  credentials: { username: 'u', password: 'p' },
  tls,
  limits: { maxConcurrent: 8, maxReads: 8, callTimeoutMs: 1_000 },
  options: siteOptionsSchema.parse({}),
});

describe("a site's settings", () => {
  it('have a default for everything', () => {
    expect(siteOptionsSchema.parse({})).toEqual({
      folder: 'dcm',
      createFolder: true,
      maxSockets: 8,
      maxClonesPerHost: 4,
      extraConfig: [],
      softPowerTimeoutMs: 120_000,
      loginBackOffMs: 60_000,
    });
  });

  it.each([
    { dataCenter: 'DC0' },
    { folder: '/abs' },
    { apiVersion: 'seven' },
    { maxSockets: 0 },
    { softPowerTimeoutMs: 1 },
    { extraConfig: ['isolation.tools.copy.disable'] },
    { extraConfig: ['dcm.*'] },
    { extraConfig: ['*'] },
  ])('refuse %j', (options) => {
    expect(siteOptionsSchema.safeParse(options).success).toBe(false);
  });

  it('make a client that does not connect yet, by either kind of trust', async () => {
    for (const tls of [
      { kind: 'system' },
      { kind: 'pin', sha256: 'ab'.repeat(32) },
      { kind: 'ca', pem: 'x' },
    ] as const) {
      await createClient(site('https://vcenter.example/sdk', tls)).close();
    }
    await createClient(site('http://127.0.0.1:1/sdk', { kind: 'none' })).close();
  });

  it('are refused when the password would leave the machine in the clear, or the pin is none', () => {
    expect(() => createClient(site('http://vcenter.example/sdk', { kind: 'none' }))).toThrow(DcmError);
    expect(() => createClient(site('https://vcenter.example/sdk', { kind: 'pin', sha256: 'short' }))).toThrow(
      /site lab: .*pinSha256/,
    );
  });
});
