import { z } from 'zod';
import { DcmError, parseOrThrow } from '@dcm/contracts';
import { sitesFileSchema } from './sites.schema';

const schema = sitesFileSchema(z.object({ folder: z.string().default('dcm') }));

const aSite = (overrides: Record<string, unknown> = {}): Record<string, unknown> => ({
  name: 'lab',
  url: 'https://vcenter.example/sdk',
  credentials: { username: 'dcm', passwordFile: 'password' },
  tls: { caFile: 'ca.pem' },
  sealingKeyFile: 'sealing.key',
  ...overrides,
});

const pin = 'ab'.repeat(32);

function pointersOf(...sites: Record<string, unknown>[]): string[] {
  try {
    parseOrThrow(schema, { sites }, 'the sites file');
  } catch (error) {
    if (error instanceof DcmError) return error.details.map(({ pointer }) => pointer);
    throw error;
  }
  return [];
}

describe('the sites file', () => {
  it('fills in what is not said', () => {
    const [site] = schema.parse({ sites: [aSite()] }).sites;
    expect(site).toMatchObject({
      limits: { maxConcurrent: 8, maxReads: 8, callTimeoutMs: 60_000 },
      options: { folder: 'dcm' },
    });
  });

  it('takes a fingerprint with or without colons', () => {
    const colons = pin.toUpperCase().replace(/(..)(?=.)/g, '$1:');
    const [site] = schema.parse({ sites: [aSite({ tls: { pinSha256: colons } })] }).sites;
    expect(site?.tls?.pinSha256).toBe(pin);
  });

  it.each([
    ['a key that is unknown', aSite({ colour: 'red' }), '/sites/0/colour'],
    ['an unknown key of the platform', aSite({ options: { foldr: 'x' } }), '/sites/0/options/foldr'],
    ['an unknown limit', aSite({ limits: { maxConcurent: 3 } }), '/sites/0/limits/maxConcurent'],
    [
      'a password in the clear',
      aSite({ credentials: { username: 'a', passwordFile: 'p', password: 'hunter2' } }),
      '/sites/0/credentials/password',
    ],
    ['no password', aSite({ credentials: { username: 'a' } }), '/sites/0/credentials'],
    [
      'two passwords',
      aSite({ credentials: { username: 'a', passwordFile: 'p', passwordEnv: 'P' } }),
      '/sites/0/credentials',
    ],
    [
      'two user names',
      aSite({ credentials: { username: 'a', usernameEnv: 'U', passwordEnv: 'P' } }),
      '/sites/0/credentials',
    ],
    ['no trust for https', aSite({ tls: undefined }), '/sites/0/tls'],
    ['two kinds of trust', aSite({ tls: { caFile: 'ca.pem', system: true } }), '/sites/0/tls'],
    ['system: false', aSite({ tls: { system: false } }), '/sites/0/tls/system'],
    ['a fingerprint that is none', aSite({ tls: { pinSha256: 'abc' } }), '/sites/0/tls/pinSha256'],
    ['plain HTTP to another machine', aSite({ url: 'http://vcenter.example', tls: undefined }), '/sites/0/url'],
    ['another protocol', aSite({ url: 'file:///etc/passwd' }), '/sites/0/url'],
    ['a name that is no word of a routing key', aSite({ name: 'lab.eu' }), '/sites/0/name'],
  ])('refuses %s and says where', (_case, site, pointer) => {
    expect(pointersOf(site)).toEqual([pointer]);
  });

  it('allows plain HTTP to this machine', () => {
    expect(pointersOf(aSite({ url: 'http://127.0.0.1:8697/sdk', tls: undefined }))).toEqual([]);
  });

  it('refuses a name that stands there twice', () => {
    expect(pointersOf(aSite(), aSite())).toEqual(['/sites/1/name']);
  });

  it('never shows a password', () => {
    const site = aSite({ credentials: { username: 'a', passwordFile: 'p', password: 'hunter2' } });
    expect(() => parseOrThrow(schema, { sites: [site] }, 'the sites file')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') as string }) as Error,
    );
  });
});
