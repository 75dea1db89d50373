import { createHash } from 'node:crypto';
import { readNumber, readRecords, readString, type PveRecord } from './reader.mapper';

/** A snapshot of a VM. */
export interface Snapshot {
  /** As DCM calls it. */
  readonly name: string;
  /** As Proxmox calls it: a letter, then letters, digits, `_` and `-`, at most 40 of them. */
  readonly nativeName: string;
  readonly createdAt: Date;
  /** Whether the VM's state comes after this one. */
  readonly isCurrent: boolean;
}

const NATIVE = /^[A-Za-z][A-Za-z0-9_-]{1,39}$/;
const TITLE = /^DCM snapshot: (.+)$/;
/** The pseudo entry that stands for the VM's state. */
const CURRENT = 'current';

/** A name that Proxmox takes, always the same for the same name; most names stay as they are. */
export const nativeNameOf = (name: string): string =>
  NATIVE.test(name) && name !== CURRENT ? name : `dcm-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;

/** The description of a snapshot, which bears the name too where Proxmox cannot. */
export const snapshotText = (name: string, description: string): string =>
  nativeNameOf(name) === name ? description : `DCM snapshot: ${name}\n${description}`;

/** Reads the answer of GET snapshot: each after the one on which it stands, oldest first. */
export function readSnapshots(answer: unknown): Snapshot[] {
  const entries = readRecords(answer);
  const current = readString(entries.find(({ name }) => name === CURRENT)?.['parent']);
  const snapshots = entries.filter(({ name }) => readString(name) !== undefined && name !== CURRENT);
  const depths = new Map(snapshots.map((entry) => [entry, depthOf(entry, snapshots)]));
  return snapshots
    .sort((one, other) => (depths.get(one) ?? 0) - (depths.get(other) ?? 0) || timeOf(one) - timeOf(other))
    .map((entry) => {
      const nativeName = readString(entry['name']) ?? '';
      return {
        name: titleIn(entry, nativeName),
        nativeName,
        createdAt: new Date(timeOf(entry) * 1000),
        isCurrent: nativeName === current,
      };
    });
}

const timeOf = ({ snaptime }: PveRecord): number => readNumber(snaptime) ?? 0;

function depthOf(entry: PveRecord, all: readonly PveRecord[]): number {
  let depth = 0;
  let parent = readString(entry['parent']);
  while (parent !== undefined && depth < all.length) {
    depth += 1;
    const next = all.find(({ name }) => name === parent);
    parent = next === undefined ? undefined : readString(next['parent']);
  }
  return depth;
}

/** The name in the description, where it leads to this native name: people may write anything there. */
function titleIn({ description }: PveRecord, nativeName: string): string {
  const [first = ''] = (readString(description) ?? '').split('\n');
  const title = TITLE.exec(first)?.[1];
  return title !== undefined && nativeNameOf(title) === nativeName ? title : nativeName;
}
