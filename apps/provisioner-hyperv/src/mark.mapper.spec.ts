import { bareMark, birthDescription, ownerOf, sealedDescription, standingOf } from './mark.mapper';

const ownership = { installation: 'lab', tenant: 'a', project: 'b', instance: '0198f3c2-0000-7000-8000-000000000003' };
const ID = 'AAAAAAAA-0000-4000-8000-000000000001';
const vm = (description: string, id = ID) => ({ id, description });

describe('the mark of a VM', () => {
  it('is written without an identity when the VM is made, and with the number of the attempt after a failed one', () => {
    const mark = bareMark(ownership);
    expect(birthDescription(ownership, 1).split('\n')[0]).toBe(mark);
    expect(birthDescription(ownership, 2).split('\n')[0]).toBe(`${mark}:try-2`);
    for (const attempt of [1, 2])
      expect(standingOf(vm(birthDescription(ownership, attempt)), ownership)).toBe('unsealed');
  });

  it('is sealed with the id of the VM, and keeps what people wrote below', () => {
    const born = vm(`${bareMark(ownership)}\nOwner: Ann\nCall her first`);
    const sealed = sealedDescription(ownership, born);
    expect(sealed).toBe(`${bareMark(ownership)}:${ID.toLowerCase()}\nOwner: Ann\nCall her first`);
    expect(standingOf(vm(sealed), ownership)).toBe('sealed');
    expect(ownerOf(vm(sealed))).toEqual(ownership);
  });

  it('makes a stranger of a copy, and of every other VM', () => {
    const sealed = sealedDescription(ownership, vm(bareMark(ownership)));
    const copy = vm(sealed, 'BBBBBBBB-0000-4000-8000-000000000001');
    expect([standingOf(copy, ownership), ownerOf(copy)]).toEqual(['foreign', null]);
    for (const text of ['', 'a text', ` x ${sealed}`, `${sealed.split('\n')[0]}:more`])
      expect(standingOf(vm(text), ownership)).toBe('foreign');
    expect(standingOf(vm(sealed), { ...ownership, installation: 'other' })).toBe('foreign');
  });
});
