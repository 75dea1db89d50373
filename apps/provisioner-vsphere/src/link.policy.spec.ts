import { aCompute, aSpec, aTemplate, somePlaces } from '../test/builders';
import { reference } from './client/managed.object';
import { linkProblems, type LinkBasis } from './link.policy';

const snapshot = reference('VirtualMachineSnapshot', 'snapshot-1');
const problems = (changes: Partial<LinkBasis>): [string, string][] =>
  linkProblems({
    spec: aSpec(),
    metadata: { linkedClone: true },
    template: aTemplate({ snapshot }),
    places: somePlaces(),
    place: { compute: aCompute(), pool: reference('ResourcePool', 'resgroup-1') },
    ...changes,
  }).map(({ pointer, message }) => [pointer, message]);
const KEY = '/metadata/vsphere/linkedClone';

describe('a linked clone', () => {
  it('shares the disks of the snapshot, beside disks of its own', () => {
    expect(problems({})).toEqual([]);
    expect(problems({ spec: aSpec({ disks: [{ sizeGib: 8 }, { sizeGib: 100 }] }) })).toEqual([]);
  });

  it('needs an image with a snapshot', () => {
    expect(problems({ spec: aSpec({ image: null }), template: undefined })).toEqual([
      [KEY, expect.stringMatching(/image/)],
    ]);
    expect(problems({ template: aTemplate() })).toEqual([[KEY, expect.stringMatching(/has no snapshot/)]]);
    expect(problems({ template: undefined })).toEqual([]);
  });

  it('keeps the size of the disks that it shares', () => {
    expect(problems({ spec: aSpec({ disks: [{ sizeGib: 9 }] }) })).toEqual([
      ['/disks/0/sizeGib', expect.stringMatching(/8 GiB/)],
    ]);
  });

  it('runs where the disks that it shares can be read', () => {
    const compute = aCompute({ datastores: new Set(['datastore-2']) });
    const place = { compute, pool: reference('ResourcePool', 'resgroup-1') };
    expect(problems({ place })).toEqual([[KEY, "C0 does not reach the image's datastore ds-1"]]);
  });

  it('asks for nothing when it is not asked for', () => {
    expect(problems({ metadata: {}, template: aTemplate() })).toEqual([]);
  });
});
