import { setTimeout as pause } from 'node:timers/promises';
import type { VmmClient } from './vmm.client';

/** What is read of a job for the feed: which object it works on, and how far it is. */
const FEED_FIELDS = { id: 'ID', status: 'Status', target: 'ResultObjectID', type: 'ResultObjectType' } as const;
/** More jobs than begin on a busy server in a few seconds. */
const NEWEST = 200;

/**
 * Tells the VMs on which jobs of VMM begin or end, whoever started them: every change that is made through VMM is a job.
 * Two looks that have no job in common missed some: the scans of the core see what those did.
 */
export async function* watchJobs(
  client: VmmClient,
  { signal, everyMs }: { readonly signal: AbortSignal; readonly everyMs: number },
): AsyncGenerator<readonly { nativeId: string }[]> {
  let known: ReadonlyMap<string, string> | undefined;
  while (!signal.aborted) {
    const { rows } = await client.run(
      { steps: [{ as: 'jobs', cmd: 'Get-SCJob', args: { Newest: NEWEST } }], return: { jobs: FEED_FIELDS } },
      { signal, timeoutMs: client.callTimeoutMs },
    );
    const seen = known;
    const news = seen === undefined ? [] : rows.jobs.filter(({ id, status }) => seen.get(id ?? '') !== status);
    known = new Map(rows.jobs.map(({ id, status }) => [id ?? '', status ?? '']));
    const ids = new Set(
      news.filter(({ type }) => type === null || type === 'VM').flatMap(({ target }) => target ?? []),
    );
    if (ids.size > 0) yield [...ids].map((nativeId) => ({ nativeId }));
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
