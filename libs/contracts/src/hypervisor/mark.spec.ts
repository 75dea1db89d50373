import { DcmError } from '../errors/dcm.error';
import { decodeMark, encodeMark, isSameOwnership, platformNameOf } from './mark';

const ownership = {
  installation: 'lab',
  tenant: '0198f3c2-0000-7000-8000-000000000001',
  project: '0198f3c2-0000-7000-8000-000000000002',
  instance: '0198f3c2-0000-7000-8000-000000000003',
};

describe('ownership mark', () => {
  it('reads back what it wrote', () => {
    expect(decodeMark(encodeMark(ownership))).toEqual({ ownership, nativeIdentity: null });
  });

  it('carries any native identity', () => {
    const identity = 'host:42/ä "x"\n%';
    expect(decodeMark(encodeMark(ownership, identity))).toEqual({ ownership, nativeIdentity: identity });
  });

  it('reads a mark with white space around it', () => {
    expect(decodeMark(`\n ${encodeMark(ownership)} \n`)?.ownership).toEqual(ownership);
  });

  it.each([
    ['', 'nothing'],
    ['dcm', 'only the scheme'],
    ['dcm:v2:a:b:c:d', 'another version'],
    ['dcm:v1:a:b:c', 'too few parts'],
    ['dcm:v1:a:b:c:d:e:f', 'too many parts'],
    ['dcm:v1:A:b:c:d', 'a capital letter'],
    ['dcm:v1:a:b:c:', 'an empty instance'],
    ['dcm:v1:a:b:c:d:%zz', 'a broken escape'],
    ['somebody wrote dcm:v1:a:b:c:d here', 'text around it'],
  ])('does not take %j for a mark: %s', (text) => {
    expect(decodeMark(text)).toBeNull();
  });

  it.each(['', 'with:colon', 'Ünïcode', '../up'])('refuses to write the part %j', (tenant) => {
    expect(() => encodeMark({ ...ownership, tenant })).toThrow(DcmError);
  });

  it('is the same only when all four parts are', () => {
    expect(isSameOwnership(ownership, { ...ownership })).toBe(true);
    expect(isSameOwnership(null, ownership)).toBe(false);
    for (const key of ['installation', 'tenant', 'project', 'instance'] as const) {
      expect(isSameOwnership({ ...ownership, [key]: 'other' }, ownership)).toBe(false);
    }
  });

  it('names a VM on its platform by its name and the start of its id', () => {
    expect(platformNameOf('web-01', ownership.instance)).toBe('web-01-0198f3c2');
  });
});
