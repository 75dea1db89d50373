import { chooseSource } from './image.policy';
import { aStorage, somePlaces } from './testing/places.builder';

const places = somePlaces({
  images: [
    { vmid: 9001, name: 'debian', node: 'pve1' },
    { vmid: 9002, name: 'debian', node: 'pve2' },
    { vmid: 9003, name: '9001', node: 'pve2' },
  ],
  storages: [aStorage({ name: 'local', content: new Set(['import', 'iso']) })],
});

describe("an image's source", () => {
  it('names the templates of one name', () => {
    expect(chooseSource(places, 'debian')).toMatchObject({ found: { images: [{ vmid: 9001 }, { vmid: 9002 }] } });
  });

  it('is a name before it is a number', () => {
    expect(chooseSource(places, '9001')).toMatchObject({ found: { images: [{ vmid: 9003 }] } });
    expect(chooseSource(places, '9002')).toMatchObject({ found: { images: [{ vmid: 9002 }] } });
  });

  it('may be a volume to import', () => {
    const volume = 'local:import/debian-12.qcow2';
    expect(chooseSource(places, volume)).toEqual({ found: { kind: 'import', storage: 'local', volume } });
  });

  it.each([
    'none',
    'other:import/x.qcow2',
    'local:iso/x.iso',
    'local:import/../../etc/shadow.raw',
    'local:import/a,size=1.raw',
  ])('is refused: %s', (source) => {
    expect(chooseSource(places, source)).toMatchObject({ problem: { pointer: '/image' }, reason: 'IMAGE_NOT_FOUND' });
  });
});
