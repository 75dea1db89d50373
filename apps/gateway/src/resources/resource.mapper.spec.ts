import { eventNounNames, type Changed } from '@dcm/contracts';
import { aPublisher, aSite, aSize, aTenant, aVm, anOperation } from '../../test/docs';
import { rowOfChange, rowOfDoc } from './resource.mapper';

const change = (noun: Changed['noun'], doc: Changed['doc'], id: string, tenantId: string | null): Changed => ({
  position: 7,
  noun,
  id,
  tenantId,
  seq: 3,
  action: 'x',
  actor: 'x',
  at: '2026-01-01T00:00:00.000Z',
  doc,
});

describe('the row of a state', () => {
  it('holds what lists filter by', () => {
    const vm = aVm();
    expect(rowOfChange(change('vm', vm, vm.id, vm.tenantId))).toMatchObject({
      kind: 'vm',
      id: vm.id,
      tenantId: vm.tenantId,
      projectId: vm.projectId,
      vmId: vm.id,
      name: vm.name,
      state: 'active',
      seq: 3,
      position: 7,
      createdAt: vm.createdAt,
    });
    const operation = anOperation();
    expect(rowOfChange(change('operation', operation, operation.id, operation.tenantId))).toMatchObject({
      vmId: operation.vmId,
      state: 'accepted',
    });
  });

  it('belongs to the tenant that it is, or that the journal names', () => {
    const tenant = aTenant();
    expect(rowOfChange(change('tenant', tenant, tenant.id, null)).tenantId).toBe(tenant.id);
    const size = aSize();
    expect(rowOfChange(change('size', size, size.name, null)).tenantId).toBeNull();
    expect(rowOfChange(change('size', size, size.name, tenant.id)).tenantId).toBe(tenant.id);
  });

  it('has the same id from an answer as from an event', () => {
    const vm = aVm();
    expect(rowOfDoc('vm', vm).id).toBe(vm.id);
    expect(rowOfDoc('site', aSite()).id).toBe('vsphere-demo');
    expect(rowOfDoc('size', aSize()).id).toBe('small');
    expect(rowOfDoc('publisher', aPublisher()).id).toBe('erp');
    expect(rowOfDoc('site-resources', { site: aSite().name, pools: [], observedAt: null, seq: 1 }).id).toBe(
      'vsphere-demo',
    );
    expect(rowOfDoc('vm', vm)).toMatchObject({ position: 0, seq: vm.seq });
  });

  it('can be made of every noun', () => {
    for (const noun of eventNounNames) expect(rowOfChange(change(noun, {}, 'x', null)).createdAt).toMatch(/^1970/);
  });
});
