import { belowMinimums, imageFaultOf, withImageDefaults } from './image';

const disks = [{ sizeGib: 20 }];

describe('the defaults of an image', () => {
  it('are a size or its figures, never beside what the request names of them', () => {
    const figures = { defaults: { cpus: 1, memoryMib: 512 } };
    expect(withImageDefaults({ disks }, figures)).toEqual({ disks, cpus: 1, memoryMib: 512 });
    expect(withImageDefaults({ disks, size: 's' }, figures)).toEqual({ disks, size: 's' });
    expect(withImageDefaults({ disks, cpus: 4, memoryMib: 4096 }, { defaults: { size: 's' } })).toEqual({
      disks,
      cpus: 4,
      memoryMib: 4096,
    });
  });

  it('are a system disk only where no disk is named', () => {
    expect(withImageDefaults({ disks: [] }, { defaults: { diskGib: 9 } })).toEqual({ disks: [{ sizeGib: 9 }] });
    expect(withImageDefaults({ disks }, { defaults: { diskGib: 9 } })).toEqual({ disks });
    expect(withImageDefaults({ disks: [] }, {})).toEqual({ disks: [] });
  });
});

describe('what an image needs', () => {
  const image = { name: 'debian-12', minimums: { cpus: 2, memoryMib: 1024, diskGib: 10 } };

  it('is told field by field, and enough is enough', () => {
    expect(belowMinimums(image, { cpus: 2, memoryMib: 1024, diskGib: 10 }, false)).toEqual([]);
    const pointers = belowMinimums(image, { cpus: 1, memoryMib: 1020, diskGib: 9 }, false).map((one) => one.pointer);
    expect(pointers).toEqual(['/cpus', '/memoryMib', '/disks/0/sizeGib']);
  });

  it('is not held against what nobody says', () => {
    expect(belowMinimums(image, {}, false)).toEqual([]);
    expect(imageFaultOf(image, { size: 's', disks: [] }, undefined)).toBeNull();
  });

  it('is held against the size that is named', () => {
    expect(imageFaultOf(image, { size: 's', disks: [] }, { cpus: 1, memoryMib: 512 })).toMatchObject({
      code: 'INVALID_REQUEST',
      details: [{ pointer: '/size' }, { pointer: '/size' }],
    });
  });
});
