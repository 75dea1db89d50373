import { requestTypeOf } from './requests';

describe('requestTypeOf', () => {
  it('knows a request by its type and by its routing key alike', () => {
    expect(requestTypeOf('io.dcm.vm.create.v1', 'vm.create')).toBe('io.dcm.vm.create.v1');
    expect(requestTypeOf(undefined, 'vm.create')).toBe('io.dcm.vm.create.v1');
    expect(requestTypeOf('', 'vm.delete')).toBe('io.dcm.vm.delete.v1');
    expect(requestTypeOf('vm.power', 'anything')).toBe('io.dcm.vm.power.v1');
  });

  it('does not guess', () => {
    expect(requestTypeOf('io.dcm.vm.create.v2', 'vm.create')).toBeUndefined();
    expect(requestTypeOf(undefined, 'vm.explode')).toBeUndefined();
  });
});
