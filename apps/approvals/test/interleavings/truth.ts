import { quotaDimensions, type Approval, type Operation, type QuotaLimits, type Vm } from '@dcm/contracts';
import { canonicalJson, memberIdOf, vmIdOf } from '@dcm/runtime';
import { onlyRow } from '../../src/database/transaction.repository';
import type { Doubt, Goal } from '../../src/operations/goal.entity';
import { quotaColumns } from '../../src/quota/quota.mapper';
import { places } from './home';
import type { InterleavingRoom } from './room';
import type { Hypervisor } from './hypervisor';

type Amounts = Readonly<Record<(typeof quotaDimensions)[number], number>>;

/** Everything that the database says of one tenant. */
export interface Records {
  readonly vms: readonly VmRecords[];
  readonly open: readonly { readonly doc: Operation; readonly holdsVm: boolean; readonly goal: Goal | null }[];
  readonly limits: Readonly<Record<'tenant' | 'project', QuotaLimits>>;
  readonly strays: number;
  /** Operations that ended by a defect of DCM. */
  readonly defects: number;
  readonly approvals: readonly Approval[];
}

interface VmRecords {
  readonly doc: Vm;
  readonly isSettled: boolean;
  readonly isLooked: boolean;
  readonly doubt: Doubt | null;
  readonly price: number | null;
  readonly row: (Amounts & { readonly state: 'held' | 'used' }) | null;
}

const ledgerColumns = quotaDimensions.map((dimension) => `l.${quotaColumns[dimension]} AS "${dimension}"`).join(', ');

/** One statement: what is read must be of one moment. */
const readAll = `
  SELECT
    (SELECT coalesce(json_agg(json_build_object('doc', v.doc, 'isSettled', v.is_settled, 'isLooked', v.look_at IS NOT NULL, 'doubt', v.doubt,
       'price', v.plan_price -> 'perMonthMicros', 'row', CASE WHEN l.vm_id IS NULL THEN NULL ELSE (
         SELECT row_to_json(r) FROM (SELECT l.state, ${ledgerColumns}) r) END)), '[]')
     FROM approvals.vm v LEFT JOIN approvals.ledger l ON l.vm_id = v.id WHERE v.tenant_id = $1) AS vms,
    (SELECT coalesce(json_agg(json_build_object('doc', o.doc, 'holdsVm', o.holds_vm, 'goal', o.goal)), '[]')
     FROM approvals.operation o WHERE o.tenant_id = $1 AND o.wake_at IS NOT NULL) AS open,
    (SELECT json_object_agg(q.scope, q.limits) FROM approvals.quota q WHERE q.tenant_id = $1) AS limits,
    (SELECT count(*)::int FROM approvals.ledger l LEFT JOIN approvals.vm v ON v.id = l.vm_id WHERE l.tenant_id = $1 AND v.id IS NULL) AS strays,
    (SELECT count(*)::int FROM approvals.operation o WHERE o.tenant_id = $1 AND o.doc -> 'error' ->> 'code' = 'INTERNAL') AS defects,
    (SELECT coalesce(json_agg(a.doc), '[]') FROM approvals.approval a WHERE a.tenant_id = $1) AS approvals`;

export const recordsOf = (room: InterleavingRoom, tenantId: string): Promise<Records> =>
  onlyRow<Records>(room.database.manager, readAll, [tenantId]);

const diskOf = ({ disks }: Pick<Vm, 'disks'>): number => disks.reduce((sum, { sizeGib }) => sum + sizeGib, 0);
const isThere = ({ doc }: VmRecords): boolean => ['active', 'reconfiguring'].includes(doc.lifecycle);

/** @returns what is wrong at any moment, in words; empty: nothing. */
export function wrongs(records: Records, real: Hypervisor): string[] {
  const { vms, open, strays, defects } = records;
  const some = [
    ...(defects > 0 ? [`${defects} operations ended by a defect`] : []),
    ...(strays > 0 ? [`${strays} ledger rows without a VM`] : []),
    ...limitWrongs(records),
    ...vms.flatMap((vm) => [...rowWrongs(vm, records), ...coverWrongs(vm, real)]),
    ...signatureWrongs(records),
    ...batchWrongs(records),
    ...placeWrongs(records),
  ];
  const holders = open.filter(({ holdsVm }) => holdsVm).map(({ doc }) => doc.vmId);
  const doubled = holders.filter((vmId, index) => holders.indexOf(vmId) !== index);
  return [...some, ...doubled.map((vmId) => `two operations change VM ${vmId ?? ''}`)];
}

function placeWrongs({ open }: Records): string[] {
  const running = open.filter(({ doc }) => doc.state === 'running').length;
  return running > places ? [`${running} operations run on a site that takes ${places}`] : [];
}

/** What a create that was given up made after all is paid for though it does not fit; all else was admitted. */
function limitWrongs({ vms, limits }: Records): string[] {
  const admitted = vms.filter(({ doc }) => doc.lifecycle !== 'failed');
  return quotaDimensions.flatMap((dimension) => {
    const sum = admitted.reduce((all, { row }) => all + (row?.[dimension] ?? 0), 0);
    return (['tenant', 'project'] as const).flatMap((scope) => {
      const limit = limits[scope][dimension];
      return limit !== undefined && sum > limit
        ? [`${sum} ${dimension} are above the ${scope}'s limit of ${limit}`]
        : [];
    });
  });
}

const isGone = ({ doc, isSettled }: VmRecords): boolean =>
  doc.lifecycle === 'deleted' || (doc.lifecycle === 'failed' && isSettled && doc.presence !== 'present');

const nameOf = ({ doc }: VmRecords): string => `VM ${doc.name} (${doc.lifecycle})`;

function rowWrongs(vm: VmRecords, { open }: Records): string[] {
  const { row } = vm;
  const own = open.filter(({ doc }) => doc.vmId === vm.doc.id);
  if (isGone(vm)) return row === null ? [] : [`${nameOf(vm)} is gone and takes ${JSON.stringify(row)}`];
  if (!isThere(vm)) return promiseWrongs(vm, own);
  if (row?.state !== 'used') return [`${nameOf(vm)} is there and its row is ${row?.state ?? 'missing'}`];
  return own.length > 0 || vm.doubt !== null ? [] : amountWrongs(vm, row);
}

/** What was never granted takes nothing; whether it stands there is looked at beside. */
function promiseWrongs(vm: VmRecords, own: Records['open']): string[] {
  const mayTakeNothing = vm.doc.lifecycle === 'deleting' || own.some(({ doc }) => isUndecided(doc));
  return vm.row === null && !mayTakeNothing ? [`${nameOf(vm)} may be there and takes nothing`] : [];
}

const undecided: ReadonlySet<string> = new Set(['planning', 'pending_approval']);

/** One of several waits, accepted, for the first of them. */
const isUndecided = ({ state, batch }: Operation): boolean =>
  undecided.has(state) || (state === 'accepted' && batch !== undefined);

/** All VMs of a request are there or none, and none waits for a first that has gone on. */
function batchWrongs({ open, vms }: Records): string[] {
  const known = new Set(vms.map(({ doc }) => doc.id as string));
  return open.flatMap(({ doc: { id, state, batch } }) => {
    if (batch === undefined) return [];
    const all = Array.from({ length: batch.count }, (_, position) => vmIdOf(memberIdOf(batch.id, position + 1)));
    const lead = open.find(({ doc }) => doc.id === batch.id)?.doc;
    const isLeft = state === 'accepted' && (lead === undefined || !isUndecided(lead));
    return [
      ...(all.every((vmId) => known.has(vmId)) ? [] : [`the VMs of request ${batch.id} are not all there`]),
      ...(isLeft ? [`operation ${id} waits for ${batch.id}, which is ${lead?.state ?? 'over'}`] : []),
    ];
  });
}

/** A VM that nobody changes and nobody doubts takes what it shows, at the price of its plan. */
function amountWrongs(vm: VmRecords, row: Amounts): string[] {
  const { cpus: vcpus, memoryMib, snapshots } = vm.doc;
  const due: Amounts = {
    vcpus,
    memoryMib,
    diskGib: diskOf(vm.doc),
    vms: 1,
    snapshots: snapshots.length,
    monthlyCostMicros: vm.price ?? 0,
  };
  return quotaDimensions.flatMap((dimension) =>
    row[dimension] === due[dimension]
      ? []
      : [`${nameOf(vm)} takes ${row[dimension]} ${dimension}, not ${due[dimension]}`],
  );
}

/** Whatever was promised and whatever stands there is paid for. */
function coverWrongs({ doc, row, isSettled }: VmRecords, real: Hypervisor): string[] {
  const vm = real.vms.get(doc.id);
  if (vm === undefined) return [];
  if (row === null)
    return isSettled && doc.presence === 'present' ? [`VM ${doc.name} stands there and takes nothing`] : [];
  if (doc.lifecycle !== 'active' && doc.lifecycle !== 'reconfiguring') return [];
  const most = {
    vcpus: Math.max(doc.cpus, vm.size.cpus),
    diskGib: Math.max(diskOf(doc), diskOf({ disks: [...vm.size.disks] })),
    snapshots: vm.snapshots.size,
  };
  return (['vcpus', 'diskGib', 'snapshots'] as const).flatMap((dimension) =>
    row[dimension] >= most[dimension]
      ? []
      : [`VM ${doc.name} takes ${row[dimension]} ${dimension}, and there are ${most[dimension]}`],
  );
}

/** What was signed for several is the plan of each of them, but for their names. */
function isSame({ plan, batch }: Approval, { id, plan: own }: Operation): boolean {
  if (batch === undefined) return plan.hash === own?.hash;
  const signed = canonicalJson([plan.image, plan.amounts, plan.price]);
  const isMember = batch.operations.some((one) => one.id === id);
  return isMember && own !== null && canonicalJson([own.image, own.amounts, own.price]) === signed;
}

/** Nothing is queued or made under another plan than the one that was signed. */
const signatureWrongs = ({ open, approvals }: Records): string[] =>
  open.flatMap(({ doc }) => {
    const approval = approvals.find(({ id }) => id === doc.approvalId);
    if (approval === undefined || !['queued', 'running'].includes(doc.state)) return [];
    const isSigned = approval.state === 'approved' && isSame(approval, doc);
    return isSigned ? [] : [`operation ${doc.id} is ${doc.state} under a plan that was not signed (${approval.state})`];
  });

/** @returns what is wrong once nothing is left to do: the ledger is what stands there. */
export function finalWrongs(records: Records, real: Hypervisor): string[] {
  const { vms, open } = records;
  const left = open.map(({ doc }) => `operation ${doc.kind} is still ${doc.state}`);
  const there = new Set(vms.filter(isThere).map(({ doc }) => doc.id as string));
  const orphans = [...real.vms.keys()].filter((id) => !there.has(id)).map((id) => `VM ${id} is an orphan`);
  const sizes = vms.filter(isThere).flatMap((vm) => {
    const found = real.vms.get(vm.doc.id);
    if (found === undefined) return vm.doc.presence === 'missing' ? [] : [`VM ${vm.doc.name} is not there`];
    const { size, snapshots } = found;
    const seen = {
      vcpus: size.cpus,
      memoryMib: size.memoryMib,
      diskGib: diskOf({ disks: [...size.disks] }),
      snapshots: snapshots.size,
    };
    return (['vcpus', 'memoryMib', 'diskGib', 'snapshots'] as const).flatMap((dimension) =>
      vm.row?.[dimension] === seen[dimension]
        ? []
        : [`VM ${vm.doc.name} takes ${vm.row?.[dimension] ?? 0} ${dimension}, and there are ${seen[dimension]}`],
    );
  });
  return [...left, ...orphans, ...sizes];
}
