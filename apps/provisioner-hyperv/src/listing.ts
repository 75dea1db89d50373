import type { VmPage } from '@dcm/contracts';
import type { Access } from './access';
import { ROW_FIELDS } from './machine.fields';
import { rowOf } from './status.mapper';

/**
 * Every VM of the server, strangers too, as of one moment: VMM has no pages, and its answer is cut into them here.
 * @throws Refused MISSING_PRIVILEGE when the account does not see what it must see, so that absence would mean nothing
 */
export async function* listVms(access: Access, pageSize: number): AsyncGenerator<VmPage> {
  const all = { as: 'vms', cmd: 'Get-SCVirtualMachine', args: { All: true } } as const;
  const { rows, ran } = await access.read({
    steps: [all, access.sight([])],
    return: { vms: ROW_FIELDS, sight: { id: 'ID' } },
  });
  access.requireSight(ran, rows.sight);
  const found = rows.vms.map(rowOf);
  for (let start = 0; start + pageSize < found.length; start += pageSize) {
    yield { rows: found.slice(start, start + pageSize), complete: false };
    access.requireCaller();
  }
  const rest = found.length % pageSize === 0 ? pageSize : found.length % pageSize;
  yield { rows: found.slice(Math.max(0, found.length - rest)), complete: true };
}
