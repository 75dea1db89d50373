import { scalar, valuesAt } from './projection';
import { refusal } from './refusal';

type Json = Readonly<Record<string, unknown>>;

/** Whether an object passes every test of a step's `where`. */
export const passes = (object: unknown, where: unknown): boolean =>
  listOf(where).every((test) => passesOne(object, test));

/** Whether the conditions of a step's `when` hold. @throws DispatchError REFERENCE for a step that has not run. */
export function holds(when: unknown, kept: ReadonlyMap<string, readonly unknown[]>): boolean {
  return listOf(when).every((test) => {
    const objects = kept.get(String(test['ref']));
    if (objects === undefined) throw refusal('REFERENCE', `no step '${String(test['ref'])}' has run`);
    if (test['is'] === 'empty') return objects.length === 0;
    if (test['is'] === 'some') return objects.length > 0;
    throw refusal('BAD_REQUEST', `unknown condition '${String(test['is'])}'`);
  });
}

const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? value : [value]) as readonly Json[];

function passesOne(object: unknown, test: Json): boolean {
  const [op, wanted] = [String(test['op']), String(test['value'])];
  if (op === 'mark') return bearsMark(object, wanted);
  const [value] = valuesAt(object, String(test['path']));
  const text = value === undefined ? '' : String(scalar(value, 's'));
  switch (op) {
    case 'eq':
      return text.toLowerCase() === wanted.toLowerCase();
    case 'ne':
      return text.toLowerCase() !== wanted.toLowerCase();
    case 'contains':
      return text.includes(wanted);
    case 'startsWith':
      return text.startsWith(wanted);
    default:
      throw refusal('BAD_REQUEST', `unknown operator '${op}'`);
  }
}

/** The first line of the description is the mark, a try of it, or the mark of this very object. */
function bearsMark(object: unknown, mark: string): boolean {
  const [description, id] = ['Description', 'ID'].map((name) => {
    const [value] = valuesAt(object, name);
    return value === undefined ? '' : String(scalar(value, 's'));
  });
  const line = (description?.split('\n')[0] ?? '').trim();
  if (line === mark) return true;
  if (!line.startsWith(`${mark}:`)) return false;
  const identity = line.slice(mark.length + 1);
  return /^try-[0-9]+$/.test(identity) || identity.toLowerCase() === id?.toLowerCase();
}
