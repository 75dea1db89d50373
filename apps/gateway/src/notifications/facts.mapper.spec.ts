import type { Approval } from '@dcm/contracts';
import { anApproval } from '../../test/docs';
import { factsOf } from './facts.mapper';

const nothing = { vmName: 'web-1', kind: 'vm.create', projectName: undefined } as const;
const price = { currency: 'EUR', perHourMicros: 10_000, perMonthMicros: 7_300_000 };

const amounts = { vcpus: 2, memoryMib: 2048, diskGib: 10, vms: 1 };
const asked = (): Approval => {
  const approval = anApproval();
  return { ...approval, plan: { ...approval.plan, amounts, price } };
};

describe('a question in words', () => {
  it('is about one VM', () => {
    const facts = factsOf(asked(), nothing);
    expect(facts.title).toContain('asks for VM web-1 on ');
    expect(facts.lines.map(({ label }) => label)).toContain('Size');
  });

  it('is about several equal VMs, with what each takes and what all of them do', () => {
    const { plan, id, operationId, vmId, ...rest } = asked();
    const total = {
      count: 3,
      name: 'web',
      amounts: { vcpus: 6, memoryMib: 6144, diskGib: 30, vms: 3 },
      price: { currency: 'EUR', perHourMicros: 30_000, perMonthMicros: 21_900_000 },
    };
    const operations = [1, 2, 3].map((index) => ({ id: operationId, vmId, name: `web-${index}` }));
    const batch = { id: operationId, count: 3, operations };
    const { title, lines } = factsOf({ ...rest, id, operationId, vmId, batch, plan: { ...plan, total } }, nothing);
    expect(title).toMatch(/asks for 3 equal VMs, web-1 to web-3, on /);
    expect(lines).toContainEqual({
      label: 'Size of all 3',
      values: ['6 vCPUs', '6144 MiB of memory', '30 GiB of disk'],
    });
    expect(lines).toContainEqual({
      label: 'Price of all 3',
      values: ['21.90 EUR a month (0.0300 EUR an hour)'],
    });
    expect(lines.map(({ label }) => label)).toEqual(expect.arrayContaining(['Size of each', 'Price of each']));
  });
});
