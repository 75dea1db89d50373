import { lowerVersion, readServiceContent } from './service.content';

const ref = (type: string): object => ({ type, value: type.toLowerCase() });

function anAnswer(changes: object = {}): object {
  return {
    about: { apiType: 'VirtualCenter', apiVersion: '8.0.2.0', version: '8.0.2', fullName: 'vCenter', build: '1' },
    rootFolder: ref('Folder'),
    propertyCollector: ref('PropertyCollector'),
    sessionManager: ref('SessionManager'),
    searchIndex: ref('SearchIndex'),
    ...changes,
  };
}

describe('the service content', () => {
  it('is read with what is optional left out', () => {
    const content = readServiceContent(anAnswer({ eventManager: ref('EventManager') }));
    expect(content.about).toMatchObject({ apiVersion: '8.0.2.0', instanceUuid: undefined });
    expect(content.eventManager).toEqual({ type: 'EventManager', value: 'eventmanager' });
    expect(content.viewManager).toBeUndefined();
  });

  it('of a lone host is refused: it cannot clone', () => {
    expect(() => readServiceContent(anAnswer({ about: { apiType: 'HostAgent' } }))).toThrow('NOT_A_VCENTER');
  });

  it.each(['rootFolder', 'propertyCollector', 'sessionManager', 'searchIndex'])('is refused without its %s', (name) => {
    expect(() => readServiceContent(anAnswer({ [name]: undefined }))).toThrow('UNEXPECTED_ANSWER');
  });
});

describe('the lower of two versions', () => {
  it.each([
    ['7.0.3.0', '6.5', '6.5'],
    ['6.5', '7.0.3.0', '6.5'],
    ['7.0.3.0', '8.0.2.0', '7.0.3.0'],
    ['7.0', '7.0.0.0', '7.0'],
    ['7.0.3.0', '7.0.3.0', '7.0.3.0'],
    ['6.7.10', '6.7.9', '6.7.9'],
  ])('of %s and %s is %s', (one, other, lower) => {
    expect(lowerVersion(one, other)).toBe(lower);
  });
});
