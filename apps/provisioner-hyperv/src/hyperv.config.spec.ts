import { siteOptionsSchema } from './hyperv.config';

describe("a site's options", () => {
  it('have defaults', () => {
    expect(siteOptionsSchema.parse({})).toMatchObject({ authentication: 'ntlm', vmmServer: 'localhost', workers: 2 });
  });

  it.each([
    ['unknown keys', { clouds: 'gold' }],
    ['a cloud beside a host group', { cloud: 'gold', hostGroup: 'lab' }],
    ['five processes', { workers: 5 }],
    ['a library without a UNC path', { library: { share: 'C:\\x', folder: 'C:\\x' } }],
    ['a library whose folder is another server’s', { library: { share: '\\\\a\\b', folder: '\\\\a\\b' } }],
  ])('refuse %s', (_, options) => {
    expect(siteOptionsSchema.safeParse(options).success).toBe(false);
  });
});
