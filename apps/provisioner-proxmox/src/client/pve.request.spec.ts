import { PveRequestError } from './pve.errors';
import { encodeRequest } from './pve.request';

describe('a request', () => {
  it('has one percent-encoded segment for each part of its path, whatever that holds', () => {
    const { call, target } = encodeRequest('GET', ['nodes', 'pve 1/../x', 'qemu', 100, 'a?b#c']);
    expect(target).toBe('/api2/json/nodes/pve%201%2F..%2Fx/qemu/100/a%3Fb%23c');
    expect(call).toBe('GET /nodes/pve%201%2F..%2Fx/qemu/100/a%3Fb%23c');
  });

  it.each([[''], ['.'], ['..']])('refuses the segment "%s", which would lead elsewhere', (segment) => {
    expect(() => encodeRequest('GET', ['nodes', segment])).toThrow(PveRequestError);
  });

  it.each(['GET', 'DELETE'] as const)('carries parameters of %s in the query', (method) => {
    const { target, body } = encodeRequest(method, ['x'], { purge: true, 'destroy-unreferenced-disks': 1 });
    expect(target).toBe('/api2/json/x?purge=1&destroy-unreferenced-disks=1');
    expect(body).toBeUndefined();
  });

  it.each(['POST', 'PUT'] as const)(
    'carries parameters of %s in a form that survives PVE splitting at & ; and =',
    (method) => {
      const { target, body } = encodeRequest(method, ['x'], { a: 'b=c;d&e f', off: false, none: undefined, ü: '€' });
      expect(target).toBe('/api2/json/x');
      expect(body).toBe('a=b%3Dc%3Bd%26e+f&off=0&%C3%BC=%E2%82%AC');
    },
  );

  it('has no body where there are no parameters', () => {
    expect(encodeRequest('POST', ['x'], { none: undefined })).not.toHaveProperty('body');
  });

  it('knows the node that is to carry it out, and whether it may be made again', () => {
    expect(encodeRequest('GET', ['nodes', 'pve2', 'status'])).toMatchObject({ node: 'pve2', isRepeatable: true });
    expect(encodeRequest('POST', ['nodes', 'pve2', 'qemu'])).toMatchObject({ node: 'pve2', isRepeatable: false });
    expect(encodeRequest('GET', ['nodes'])).not.toHaveProperty('node');
    expect(encodeRequest('GET', ['pools', 'dcm'])).not.toHaveProperty('node');
  });

  it('names what must stand in no error', () => {
    const { secrets } = encodeRequest('POST', ['x'], { cipassword: 'geheim', ciuser: 'u', password: 'p', vmid: 1 });
    expect(secrets).toEqual(['geheim', 'p']);
  });

  it('is refused before it is sent when PVE would not take so much', () => {
    expect(() => encodeRequest('GET', ['x'], { a: 'y'.repeat(7_000) })).toThrow('GET /x');
    expect(() => encodeRequest('POST', ['x'], { a: 'y'.repeat(600_000) })).toThrow('POST /x');
  });
});
