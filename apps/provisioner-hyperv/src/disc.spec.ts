import { discOf } from './disc';

const SECTOR = 2048;
const text = (content: string): Buffer => Buffer.from(content);

/** Reads the root of a disc by one of its trees, as a system does that mounts it. */
function filesOf(image: Buffer, descriptorAt: number): Map<string, string> {
  const descriptor = image.subarray(descriptorAt * SECTOR);
  const isJoliet = descriptor[0] === 2;
  const root = descriptor.readUInt32LE(156 + 2) * SECTOR;
  const end = root + descriptor.readUInt32LE(156 + 10);
  const files = new Map<string, string>();
  for (let at = root; at < end && image[at] !== 0; at += image[at] ?? SECTOR) {
    const record = image.subarray(at);
    const name = Buffer.from(record.subarray(33, 33 + (record[32] ?? 0)));
    if (((record[25] ?? 0) & 2) !== 0) continue;
    const start = record.readUInt32LE(2) * SECTOR;
    const content = image.subarray(start, start + record.readUInt32LE(10)).toString('utf8');
    files.set(isJoliet ? name.swap16().toString('utf16le') : name.toString('latin1'), content);
  }
  return files;
}

describe('a disc', () => {
  const long = 'ü'.repeat(3000);
  const image = discOf('cidata', [
    { name: 'meta-data', content: text('{}') },
    { name: 'user-data', content: text(long) },
    { name: 'network-config', content: text('') },
  ]);

  it('is made of whole sectors and says how many', () => {
    expect(image.length % SECTOR).toBe(0);
    for (const at of [16, 17]) expect(image.readUInt32LE(at * SECTOR + 80)).toBe(image.length / SECTOR);
  });

  it('has three descriptors, and bears its label in both forms', () => {
    const kinds = [16, 17, 18].map((at) => [
      image[at * SECTOR],
      image.toString('latin1', at * SECTOR + 1, at * SECTOR + 6),
    ]);
    expect(kinds).toEqual([
      [1, 'CD001'],
      [2, 'CD001'],
      [255, 'CD001'],
    ]);
    expect(image.toString('latin1', 16 * SECTOR + 40, 16 * SECTOR + 72).trimEnd()).toBe('CIDATA');
    const joliet = Buffer.from(image.subarray(17 * SECTOR + 40, 17 * SECTOR + 72))
      .swap16()
      .toString('utf16le');
    expect(joliet.trimEnd()).toBe('cidata');
  });

  it('keeps names and contents to the letter in its Joliet tree', () => {
    expect(filesOf(image, 17)).toEqual(
      new Map([
        ['meta-data', '{}'],
        ['network-config', ''],
        ['user-data', long],
      ]),
    );
  });

  it('has the same contents under short names in its plain tree', () => {
    expect(filesOf(image, 16)).toEqual(
      new Map([
        ['META_DAT.;1', '{}'],
        ['NETWORK_.;1', ''],
        ['USER_DAT.;1', long],
      ]),
    );
  });

  it('is the same for the same contents', () => {
    const again = discOf('cidata', [{ name: 'meta-data', content: text('{}') }]);
    expect(discOf('cidata', [{ name: 'meta-data', content: text('{}') }]).equals(again)).toBe(true);
  });
});
