import type { VmPage, VmRow } from '@dcm/contracts';
import type { Access } from './access';
import { readBoolean } from './client/reader';
import { readMachine, ROW_PATHS } from './machine.mapper';
import { rowOf } from './status.mapper';

/** Settings make rows heavy: so many are read in one answer, which keeps the process responsive. */
const ROWS_PER_CALL = 20;

/**
 * Every VM of the vCenter, strangers too, as of one moment; those that are deleted meanwhile are left out. Templates
 * are left out unless they bear a mark.
 * @param seesAll asked at the end: whether the account still sees what it must see, so that absence means something
 */
export async function* listVms(access: Access, pageSize: number, seesAll: () => Promise<void>): AsyncGenerator<VmPage> {
  const refs = await access.allVms();
  let rows: VmRow[] = [];
  for (let start = 0; start < refs.length; start += ROWS_PER_CALL) {
    const some = await access.propertiesOfAll(refs.slice(start, start + ROWS_PER_CALL), ROW_PATHS, ROWS_PER_CALL);
    for (const found of some) {
      const row = rowOf(readMachine(found));
      const isTemplate = readBoolean(found.properties['config.template']) === true;
      if (!isTemplate || row.ownership !== null) rows.push(row);
    }
    while (rows.length > pageSize) {
      yield { rows: rows.slice(0, pageSize), complete: false };
      rows = rows.slice(pageSize);
      access.requireCaller();
    }
  }
  await seesAll();
  yield { rows, complete: true };
}
