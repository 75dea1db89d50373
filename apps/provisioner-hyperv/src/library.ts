import type { Ownership } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { discName } from './cloudinit.mapper';
import { Refused } from './hyperv.errors';
import type { SiteOptions } from './hyperv.config';
import { ref, text, type Batch, type Step } from './powershell/batch';

type Library = NonNullable<SiteOptions['library']>;

/** How long VMM may take to see a new file in its library. */
const SEEN_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 200;

/** Where an instance's disc stands in the library. */
export const discPath = ({ share }: Library, ownership: Ownership): string => `${share}\\${discName(ownership)}`;

const isoStep = (path: string): Step => ({
  as: 'iso',
  cmd: 'Get-SCISO',
  where: [{ path: 'SharePath', op: 'eq', value: path }],
});

/** Puts a disc into the library, and waits until VMM knows it. @throws Refused STORAGE_NOT_FOUND */
export async function storeDisc(attempt: Attempt, library: Library, content: Buffer): Promise<void> {
  const { ownership } = attempt.operation;
  const { folder, share } = library;
  const file = { Root: text(folder), Name: discName(ownership), Content: content.toString('base64') };
  const store: Batch<Record<string, never>> = {
    steps: [
      { as: 'share', cmd: 'Get-SCLibraryShare', where: [{ path: 'Path', op: 'eq', value: share }], expect: 'one' },
      { as: 'file', cmd: 'Write-DcmFile', args: file },
      { as: 'seen', cmd: 'Read-SCLibraryShare', args: { LibraryShare: ref('share'), RunAsynchronously: true } },
    ],
    return: {},
  };
  await attempt.persist(() => attempt.change(store));
  const endsAt = performance.now() + SEEN_WITHIN_MS;
  while (!(await isStored(attempt, discPath(library, ownership)))) {
    if (performance.now() > endsAt) {
      throw new Refused('STORAGE_NOT_FOUND', `the library share ${share} does not show what lies in ${folder}`);
    }
    await attempt.pause(LOOK_EVERY_MS);
  }
}

/** Whether VMM knows the disc. */
export async function isStored(attempt: Attempt, path: string): Promise<boolean> {
  const { rows } = await attempt.read({ steps: [isoStep(path)], return: { iso: { id: 'ID' } } });
  return rows.iso.length > 0;
}

/** Takes a disc out of the library, and its file with it. */
export async function removeDisc(attempt: Attempt, path: string): Promise<void> {
  const remove: Step = {
    as: 'removed',
    cmd: 'Remove-SCISO',
    args: { ISO: ref('iso'), RunAsynchronously: true },
    when: [{ ref: 'iso', is: 'some' }],
  };
  await attempt.change({ steps: [isoStep(path), remove], return: {} });
}
