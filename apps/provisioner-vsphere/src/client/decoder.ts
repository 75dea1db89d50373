import { reference } from './managed.object';
import { isRecord, readRecord, readString, type VimRecord } from './reader';
import { decodeScalar } from './scalar';
import { SCALAR_TYPES } from './schema';

const ARRAY_OF = /^ArrayOf(?=[A-Z])/;

/**
 * Turns what npm soap read (typed by our WSDL) into plain data: references become `ManagedObjectReference`, `ArrayOfX`
 * becomes an array, an `anyType` scalar becomes what its `xsi:type` says, a complex value keeps its type in `$type`.
 */
export function decode(parsed: unknown): unknown {
  if (Array.isArray(parsed)) return parsed.map(decode);
  if (!isRecord(parsed)) return parsed;
  const { attributes, ...content } = parsed;
  const referenced = readString(readRecord(attributes)['type']);
  if (referenced !== undefined) return reference(referenced, readString(content['$value']) ?? '');
  const type = typeAttribute(readRecord(attributes));
  if ('$value' in content) return decodeText(type, content['$value']);
  return type === undefined ? decodeFields(content) : decodeTyped(type, content);
}

/** vCenter writes `xsi:type`, the simulator `XMLSchema-instance:type`: the prefix is the server's choice. */
function typeAttribute(attributes: VimRecord): string | undefined {
  const name = Object.keys(attributes).find((key) => key.endsWith(':type'));
  return name === undefined ? undefined : readString(attributes[name])?.replace(/^.*:/, '');
}

function decodeTyped(type: string, content: VimRecord): unknown {
  if (ARRAY_OF.test(type)) return decodeArray(type, content);
  if (SCALAR_TYPES.has(type)) return type === 'string' ? '' : undefined;
  return { $type: type, ...decodeFields(content) };
}

function decodeArray(type: string, content: VimRecord): unknown[] {
  const itemType = type.replace(ARRAY_OF, '').replace(/^./, (letter) => letter.toLowerCase());
  const items = Object.values(content).flat();
  return items.map((item) => decodeText(itemType, decode(item)));
}

function decodeText(type: string | undefined, value: unknown): unknown {
  return type !== undefined && typeof value === 'string' ? decodeScalar(type, value) : value;
}

function decodeFields(content: VimRecord): VimRecord {
  return Object.fromEntries(Object.entries(content).map(([name, value]) => [name, decode(value)]));
}
