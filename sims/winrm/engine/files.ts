import { refusal } from './refusal';

/** The disk of the server on which PowerShell runs. */
export interface Disk {
  hasFolder(path: string): boolean;
  /** @throws Error where the account may not write. */
  write(path: string, content: Buffer): void;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.iso$/;
const MAX_BYTES = 1_048_576;

/** The twin of `Write-DcmFile`. @throws DispatchError FILE_REFUSED. */
export function writeFile(disk: Disk, args: Readonly<Record<string, unknown>>): object {
  const [root, name, content] = [args['Root'], args['Name'], args['Content']].map((value) =>
    typeof value === 'string' ? value : '',
  );
  if (root === undefined || name === undefined || !NAME.test(name)) {
    throw refusal('FILE_REFUSED', 'the name of a file is letters, digits, - and _, and ends in .iso');
  }
  if (!disk.hasFolder(root)) throw refusal('FILE_REFUSED', `there is no folder ${root}`);
  const bytes = Buffer.from(content ?? '', 'base64');
  if (bytes.length > MAX_BYTES) throw refusal('FILE_REFUSED', 'a file may have 1 MiB');
  const path = `${root.replace(/\\+$/, '')}\\${name}`;
  disk.write(path, bytes);
  return { Name: name, Path: path, Length: bytes.length };
}
