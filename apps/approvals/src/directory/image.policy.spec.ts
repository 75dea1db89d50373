import type { DcmError } from '@dcm/contracts';
import { type Size } from '@dcm/contracts';
import { assertSoundImage, changedImage, type ImageFields, type NamedImage } from './image.policy';

const image = {
  name: 'debian-12',
  templates: { lab: 'tpl', edge: '9000' },
  versions: { lab: '12.5', edge: '12.4' },
  guestOs: 'debian12',
  description: 'small',
  defaults: { cpus: 1, memoryMib: 1024, diskGib: 10 },
  minimums: { memoryMib: 512 },
  state: 'active',
} as unknown as NamedImage;
const changed = (wish: object): ImageFields => changedImage(image, wish);

describe('a change of an image', () => {
  it('keeps what is not named', () => {
    expect({ name: image.name, ...changed({ state: 'retired' }) }).toEqual({ ...image, state: 'retired' });
  });

  it('takes away what is null, and with a template its version', () => {
    const wish = { templates: { edge: null }, guestOs: null, description: null, defaults: null, minimums: null };
    expect(changed(wish)).toEqual({ templates: { lab: 'tpl' }, versions: { lab: '12.5' }, state: 'active' });
  });

  it('replaces defaults as a whole, and versions site by site', () => {
    expect(changed({ defaults: { size: 's' }, versions: { lab: '12.6' } })).toMatchObject({
      defaults: { size: 's' },
      versions: { lab: '12.6', edge: '12.4' },
    });
    expect(changed({ defaults: { size: 's' } }).defaults).toEqual({ size: 's' });
  });
});

const refusal = (fields: object, size?: Size): DcmError | undefined => {
  try {
    assertSoundImage({ ...image, ...fields }, size, 'change the image');
    return undefined;
  } catch (error) {
    return error as DcmError;
  }
};

describe('an image that says what cannot be', () => {
  it.each([
    ['a default below what it needs', { minimums: { memoryMib: 2048 } }, '/defaults/memoryMib', 'INVALID_REQUEST'],
    ['a default disk below that', { minimums: { diskGib: 11 } }, '/defaults/diskGib', 'INVALID_REQUEST'],
    ['a default size that is not there', { defaults: { size: 'xl' } }, '/defaults/size', 'NOT_FOUND'],
    ['a version of no template', { versions: { moon: '1' } }, '/versions/moon', 'INVALID_REQUEST'],
  ])('is refused: %s', (_what, fields, pointer, code) => {
    expect(refusal(fields)).toMatchObject({ code, details: [{ pointer }] });
  });

  it('is refused for a default size that is too small', () => {
    const size = { name: 'xs', cpus: 1, memoryMib: 256, seq: 1 };
    expect(refusal({ defaults: { size: 'xs' } }, size)).toMatchObject({ details: [{ pointer: '/defaults/size' }] });
    expect(refusal({ defaults: { size: 'xs' } }, { ...size, memoryMib: 512 })).toBeUndefined();
  });
});
