import { setTimeout as pause } from 'node:timers/promises';
import type { PveClient } from './client/pve.client';
import { changedBetween, readingOf, type Reading } from './feed.policy';
import { readVmEntries } from './vm-entry.mapper';

/** How long a reading may take. */
const TIMEOUT_MS = 15_000;

/**
 * Tells what changed on the cluster, by two lists that it keeps anyway, read again and again: Proxmox has no feed of its
 * own. The list of VMs shows at once what came, went, moved or was tagged, and state and name some seconds late; the list
 * of tasks shows at once whatever was done to a VM.
 * @param everyMs between two readings
 * @throws the client's errors: what happens until the next call is not told
 */
export async function* changes(
  client: PveClient,
  everyMs: number,
  signal: AbortSignal,
): AsyncGenerator<readonly { nativeId: string }[]> {
  let before: Reading | undefined;
  while (!signal.aborted) {
    const after = await read(client, signal);
    const changed = before === undefined ? [] : changedBetween(before, after);
    before = after;
    if (changed.length > 0) yield changed.map((vmid) => ({ nativeId: String(vmid) }));
    // An abort ends the feed.
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

async function read(client: PveClient, signal: AbortSignal): Promise<Reading> {
  const call = { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) };
  const [vms, tasks] = await Promise.all([
    client.get(['cluster', 'resources'], { type: 'vm' }, call),
    client.get(['cluster', 'tasks'], {}, call),
  ]);
  return readingOf(readVmEntries(vms), tasks);
}
