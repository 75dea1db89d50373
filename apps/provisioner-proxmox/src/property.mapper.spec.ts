import { isOn, propertyOf, readProperties, withProperty, writeProperties } from './property.mapper';

describe('property strings', () => {
  it.each([
    'virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=7',
    'local-lvm:vm-100-disk-0,size=32G',
    'ip=10.0.0.7/24,gw=10.0.0.1',
    '',
  ])('reads %j and writes it as it was', (text) => {
    expect(writeProperties(readProperties(text))).toBe(text);
  });

  it('keeps what stands behind the first equals sign', () => {
    expect(propertyOf(readProperties('uuid=x,serial=a=b'), 'serial')).toBe('a=b');
  });

  it('finds the first key that is there', () => {
    const properties = readProperties('local:7,format=raw');
    expect(propertyOf(properties, 'file', '')).toBe('local:7');
    expect(propertyOf(properties, 'size')).toBeUndefined();
  });

  it('sets a key in its place, adds it at the end, removes it', () => {
    const properties = readProperties('virtio=M,bridge=a,firewall=1');
    expect(writeProperties(withProperty(properties, 'bridge', 'b'))).toBe('virtio=M,bridge=b,firewall=1');
    expect(writeProperties(withProperty(properties, 'tag', '7'))).toBe('virtio=M,bridge=a,firewall=1,tag=7');
    expect(writeProperties(withProperty(properties, 'firewall', undefined))).toBe('virtio=M,bridge=a');
  });

  it('reads flags', () => {
    expect(['1', 'on', 'TRUE', '0', 'off', undefined].map(isOn)).toEqual([true, true, true, false, false, false]);
  });
});
