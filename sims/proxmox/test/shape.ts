/** The shape of a JSON value: keys and types, lists by the distinct shapes of their entries. */
export function shapeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `[${[...new Set(value.map(shapeOf))].sort().join(' | ')}]`;
  if (typeof value !== 'object') return typeof value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, one]) => `${key}: ${shapeOf(one)}`).join(', ')}}`;
}

/** The keys in a text that may be the beginning of a JSON document. */
export const keysIn = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/"([A-Za-z][\w.-]*)":/g)].map(([, key]) => key ?? '')),
];

/** What of a UPID does not change from run to run: node, type, id and user. */
export function upidParts(text: string): string | undefined {
  const found = /^UPID:([^:]+):[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:([^:]+):([^:]*):([^:]+):$/.exec(text);
  return found === null ? undefined : found.slice(1).join(' ');
}
