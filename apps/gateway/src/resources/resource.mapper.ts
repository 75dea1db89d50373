import type { Changed, EventNoun } from '@dcm/contracts';
import type { DocOf, ResourceRow } from './resource';

type Fields = Readonly<Record<string, unknown>>;

const textOf = (doc: Fields, ...names: readonly string[]): string | null => {
  for (const name of names) {
    const value = doc[name];
    if (typeof value === 'string') return value;
  }
  return null;
};

/** The row of any noun: the columns are read from fields that bear the same names in every document. */
const rowOf = (head: Pick<ResourceRow, 'kind' | 'id' | 'seq' | 'position'>, doc: Fields): ResourceRow => ({
  ...head,
  tenantId: head.kind === 'tenant' ? head.id : textOf(doc, 'tenantId'),
  projectId: head.kind === 'project' ? head.id : textOf(doc, 'projectId'),
  vmId: head.kind === 'vm' ? head.id : textOf(doc, 'vmId'),
  name: textOf(doc, 'name'),
  state: textOf(doc, 'lifecycle', 'state'),
  createdAt: textOf(doc, 'createdAt') ?? new Date(0).toISOString(),
  doc,
});

/** The row of a journal entry. The journal's own tenant stands above the document's. */
export function rowOfChange(change: Changed): ResourceRow {
  const { noun: kind, id, seq, position, doc, tenantId } = change;
  const row = rowOf({ kind, id, seq, position }, doc);
  return tenantId === null ? row : { ...row, tenantId };
}

const idField: Partial<Record<EventNoun, string>> = {
  site: 'name',
  size: 'name',
  'site-resources': 'site',
  publisher: 'userId',
};

/** The row of a document that came as an answer, before its event: its position is not known. */
export function rowOfDoc<N extends EventNoun>(kind: N, doc: DocOf<N>): ResourceRow {
  const id = textOf(doc, idField[kind] ?? 'id') ?? '';
  return rowOf({ kind, id, seq: doc.seq, position: 0 }, doc);
}
