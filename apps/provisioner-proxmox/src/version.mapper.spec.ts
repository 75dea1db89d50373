import { readVersion } from './version.mapper';

describe('a version', () => {
  it('is read as it stands, with its first figure', () => {
    expect(readVersion({ version: '9.2.11', release: '9.2' })).toEqual({ text: '9.2.11', major: 9 });
    expect(readVersion({ version: '8.4.1' }).major).toBe(8);
    expect(readVersion(undefined)).toEqual({ text: '', major: 0 });
  });
});
