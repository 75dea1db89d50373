import { randomUUID } from 'node:crypto';
import { VmmError } from './errors';
import { KIND, type Iso, type LibraryServer, type LibraryShare } from './objects';

const LIBRARY_SERVER: LibraryServer = { [KIND]: 'LibraryServer', ID: randomUUID(), Name: 'vmm01.contoso.test' };

/** The library: shares with files, of which the management server knows what it found at its last refresh. */
export class Library {
  readonly shares: readonly LibraryShare[] = [
    {
      [KIND]: 'LibraryShare',
      ID: randomUUID(),
      Name: 'MSSCVMMLibrary',
      Path: '\\\\vmm01.contoso.test\\MSSCVMMLibrary',
      LibraryServer: LIBRARY_SERVER,
      localPath: 'C:\\ProgramData\\Virtual Machine Manager Library Files',
    },
  ];

  /** Files below the shares, by their local path in small letters. */
  private readonly files = new Map<string, { readonly path: string; readonly content: Buffer }>();
  private known: Iso[] = [];

  get isos(): readonly Iso[] {
    return this.known;
  }

  get servers(): readonly LibraryServer[] {
    return [LIBRARY_SERVER];
  }

  /** Whether a folder of the server exists: those of the shares, and folders that hold files. */
  hasFolder(path: string): boolean {
    const key = keyOf(path).replace(/\\+$/, '');
    const isShared = this.shares.some(({ localPath }) => keyOf(localPath) === key);
    return isShared || [...this.files.keys()].some((file) => file.startsWith(`${key}\\`));
  }

  /** Puts a file where a share's folder is. @throws Error for any other place: the account may write nowhere else. */
  write(path: string, content: Buffer): void {
    this.demandShared(path);
    this.files.set(keyOf(path), { path, content });
  }

  /** What an ISO holds. */
  contentOf(iso: Iso): Buffer | undefined {
    const share = this.shares.find(({ Path }) => iso.SharePath.startsWith(Path));
    if (share === undefined) return undefined;
    return this.files.get(keyOf(share.localPath + iso.SharePath.slice(share.Path.length)))?.content;
  }

  /** Finds what is new in a share and forgets what is gone. @throws VmmError 801 for a folder that is not there. */
  refresh(share: LibraryShare, folder: string | undefined): void {
    const below = folder ?? share.Path;
    if (!below.toLowerCase().startsWith(share.Path.toLowerCase())) throw new VmmError(801, ['LibraryFolder', below]);
    const present = new Map<string, Buffer>();
    for (const [key, { path, content }] of this.files) {
      const shared = share.Path + path.slice(share.localPath.length);
      if (key.startsWith(keyOf(share.localPath)) && key.endsWith('.iso')) present.set(shared, content);
    }
    const isBelow = (path: string): boolean => path.toLowerCase().startsWith(below.toLowerCase());
    const kept = this.known.filter(({ SharePath }) => !isBelow(SharePath) || present.has(SharePath));
    const added = [...present].filter(([path]) => isBelow(path) && !kept.some(({ SharePath }) => SharePath === path));
    this.known = [...kept, ...added.map(([path, content]) => isoOf(path, content, share))];
  }

  /** Takes an ISO out of the library, with its file. */
  forget(iso: Iso): void {
    const share = this.shares.find(({ Path }) => iso.SharePath.startsWith(Path));
    if (share !== undefined) this.files.delete(keyOf(share.localPath + iso.SharePath.slice(share.Path.length)));
    this.known = this.known.filter((one) => one !== iso);
  }

  private demandShared(path: string): void {
    const isShared = this.shares.some(({ localPath }) => keyOf(path).startsWith(`${keyOf(localPath)}\\`));
    if (!isShared || path.split('\\').includes('..')) throw new Error(`Access to the path '${path}' is denied.`);
  }
}

/** Windows paths are equal whatever their case. */
const keyOf = (path: string): string => path.toLowerCase();

function isoOf(path: string, content: Buffer, { LibraryServer }: LibraryShare): Iso {
  const file = path.slice(path.lastIndexOf('\\') + 1);
  return {
    [KIND]: 'ISO',
    ID: randomUUID(),
    Name: file,
    FileName: file,
    SharePath: path,
    Directory: path.slice(0, path.lastIndexOf('\\')),
    LibraryServer,
    Size: content.length,
    State: 'Normal',
  };
}
