/** A file in the root of a disc. */
export interface DiscFile {
  /** At most 64 characters; lower case is kept in the Joliet names. */
  readonly name: string;
  readonly content: Buffer;
}

const SECTOR = 2048;
/** The first sixteen sectors belong to the system that starts from the disc. */
const FIRST_DESCRIPTOR = 16;
const PATHS_AT = FIRST_DESCRIPTOR + 3;
const ROOT_AT = PATHS_AT + 4;
const FILES_AT = ROOT_AT + 2;
const DIRECTORY = 2;

interface Placed extends DiscFile {
  readonly sector: number;
}

/** How names are written: ISO 9660 knows few characters, Joliet all of UCS-2. */
interface Tree {
  readonly isJoliet: boolean;
  readonly pathsAt: number;
  readonly rootAt: number;
}

const PLAIN: Tree = { isJoliet: false, pathsAt: PATHS_AT, rootAt: ROOT_AT };
const JOLIET: Tree = { isJoliet: true, pathsAt: PATHS_AT + 2, rootAt: ROOT_AT + 1 };

/**
 * A disc image with some files in its root: ISO 9660 level 1 with Joliet names. Its dates are all the same, so that equal
 * contents make equal images.
 * @see ECMA-119; Joliet Specification, Microsoft 1995
 */
export function discOf(label: string, files: readonly DiscFile[]): Buffer {
  let next = FILES_AT;
  const placed = files.map((file) => {
    const sector = next;
    next += sectorsFor(file.content.length);
    return { ...file, sector };
  });
  const image = Buffer.alloc(next * SECTOR);
  const put = (sector: number, data: Buffer): void => {
    data.copy(image, sector * SECTOR);
  };
  put(FIRST_DESCRIPTOR, descriptor(PLAIN, label, next));
  put(FIRST_DESCRIPTOR + 1, descriptor(JOLIET, label, next));
  put(FIRST_DESCRIPTOR + 2, Buffer.from([255, ...Buffer.from('CD001'), 1]));
  for (const tree of [PLAIN, JOLIET]) {
    put(tree.pathsAt, pathTable(tree, 'LE'));
    put(tree.pathsAt + 1, pathTable(tree, 'BE'));
    put(tree.rootAt, directory(tree, placed));
  }
  for (const { sector, content } of placed) put(sector, content);
  return image;
}

const sectorsFor = (bytes: number): number => Math.max(1, Math.ceil(bytes / SECTOR));

/** A 32-bit number in both byte orders. */
function both32(value: number): Buffer {
  const data = Buffer.alloc(8);
  data.writeUInt32LE(value, 0);
  data.writeUInt32BE(value, 4);
  return data;
}

/** A 16-bit number in both byte orders. */
function both16(value: number): Buffer {
  const data = Buffer.alloc(4);
  data.writeUInt16LE(value, 0);
  data.writeUInt16BE(value, 2);
  return data;
}

const ucs2 = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

/** Text of a fixed length, filled with blanks. */
function padded({ isJoliet }: Tree, text: string, length: number): Buffer {
  const blank = isJoliet ? ucs2(' '.repeat(length / 2)) : Buffer.alloc(length, ' ');
  const data = isJoliet ? ucs2(text) : Buffer.from(text.toUpperCase(), 'latin1');
  return Buffer.concat([data, blank]).subarray(0, length);
}

/** A volume descriptor (ECMA-119, 8.4 and 8.5). */
function descriptor(tree: Tree, label: string, sectors: number): Buffer {
  const data = Buffer.alloc(SECTOR);
  data[0] = tree.isJoliet ? 2 : 1;
  data.write('CD001', 1, 'latin1');
  data[6] = 1;
  padded(tree, '', 32).copy(data, 8);
  padded(tree, label, 32).copy(data, 40);
  both32(sectors).copy(data, 80);
  // UCS-2 level 3.
  if (tree.isJoliet) data.write('%/E', 88, 'latin1');
  both16(1).copy(data, 120);
  both16(1).copy(data, 124);
  both16(SECTOR).copy(data, 128);
  both32(pathTable(tree, 'LE').length).copy(data, 132);
  data.writeUInt32LE(tree.pathsAt, 140);
  data.writeUInt32BE(tree.pathsAt + 1, 148);
  record(Buffer.from([0]), tree.rootAt, SECTOR, DIRECTORY).copy(data, 156);
  padded(tree, '', 623).copy(data, 190);
  for (const at of [813, 830, 847, 864]) data.write('0'.repeat(16), at, 'latin1');
  data[881] = 1;
  return data;
}

/** The path table holds the root alone. */
function pathTable({ rootAt }: Tree, order: 'LE' | 'BE'): Buffer {
  const data = Buffer.alloc(10);
  data[0] = 1;
  if (order === 'LE') data.writeUInt32LE(rootAt, 2);
  else data.writeUInt32BE(rootAt, 2);
  if (order === 'LE') data.writeUInt16LE(1, 6);
  else data.writeUInt16BE(1, 6);
  return data;
}

/** The records of the root: itself, its parent (itself), and its files by name. */
function directory(tree: Tree, files: readonly Placed[]): Buffer {
  const named = files.map((file) => ({ file, name: nameOf(tree, file.name) }));
  named.sort((one, other) => Buffer.compare(one.name, other.name));
  const records = Buffer.concat([
    record(Buffer.from([0]), tree.rootAt, SECTOR, DIRECTORY),
    record(Buffer.from([1]), tree.rootAt, SECTOR, DIRECTORY),
    ...named.map(({ file, name }) => record(name, file.sector, file.content.length, 0)),
  ]);
  if (records.length > SECTOR) throw new RangeError('the root of a disc holds no more files');
  return records;
}

/** Level 1 allows eight capitals, digits and underscores, a dot and three more. */
function nameOf({ isJoliet }: Tree, name: string): Buffer {
  if (isJoliet) return ucs2(name);
  return Buffer.from(
    `${name
      .toUpperCase()
      .replaceAll(/[^A-Z0-9_]/g, '_')
      .slice(0, 8)}.;1`,
    'latin1',
  );
}

/** A directory record (ECMA-119, 9.1). */
function record(name: Buffer, sector: number, bytes: number, flags: number): Buffer {
  const length = 33 + name.length;
  const data = Buffer.alloc(length + (length % 2));
  data[0] = data.length;
  both32(sector).copy(data, 2);
  both32(bytes).copy(data, 10);
  // 1 January 2020, 00:00 UTC.
  Buffer.from([120, 1, 1, 0, 0, 0, 0]).copy(data, 18);
  data[25] = flags;
  both16(1).copy(data, 28);
  data[32] = name.length;
  name.copy(data, 33);
  return data;
}
