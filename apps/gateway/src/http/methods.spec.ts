import { methodsOf } from './methods';

describe('the methods of a path', () => {
  it.each([
    ['/v1/vms', ['GET', 'POST']],
    ['/v1/vms/x', ['GET', 'DELETE', 'PATCH']],
    ['/v1/vms/', []],
    ['/v1/vms/x/power', ['POST']],
    ['/nowhere', []],
  ])('%s are %j', (path, methods) => {
    expect(methodsOf(path).sort()).toEqual([...methods].sort());
  });
});
