/** Attribute ids of a target info. @see MS-NLMP 2.2.2.1 */
export const AvId = {
  EOL: 0,
  COMPUTER: 1,
  DOMAIN: 2,
  DNS_COMPUTER: 3,
  DNS_DOMAIN: 4,
  FLAGS: 6,
  TIMESTAMP: 7,
  TARGET_NAME: 9,
  CHANNEL_BINDINGS: 10,
} as const;

/** Writes attributes and the end mark. */
export function writeAttributes(pairs: readonly (readonly [number, Buffer])[]): Buffer {
  return Buffer.concat(
    [...pairs, [AvId.EOL, Buffer.alloc(0)] as const].flatMap(([id, value]) => {
      const head = Buffer.alloc(4);
      head.writeUInt16LE(id, 0);
      head.writeUInt16LE(value.length, 2);
      return [head, value];
    }),
  );
}

/** Reads attributes up to the end mark; undefined when there is none. */
export function readAttributes(list: Buffer): ReadonlyMap<number, Buffer> | undefined {
  const read = new Map<number, Buffer>();
  let rest = list;
  while (rest.length >= 4) {
    const id = rest.readUInt16LE(0);
    const end = 4 + rest.readUInt16LE(2);
    if (id === AvId.EOL) return read;
    if (end > rest.length) return undefined;
    read.set(id, rest.subarray(4, end));
    rest = rest.subarray(end);
  }
  return undefined;
}
