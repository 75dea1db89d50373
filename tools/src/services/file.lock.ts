import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from './pid';

const pollMs = 50;
const ownerMark = basename(process.execPath);
let serial = 0;

/**
 * Does the work while no other process, and no other caller in this one, works under the same lock file. A lock whose
 * owner has died is taken over.
 */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  while (!take(file)) {
    removeIfOwnerIsDead(file);
    await delay(pollMs);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

const ownName = (file: string): string => `${file}.${process.pid}.${++serial}`;

/** A link appears with its content, so that a lock never stands there without its owner's name. */
function take(file: string): boolean {
  const own = ownName(file);
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(own);
  }
}

/** Moves the lock aside before looking twice: another process may have taken it over just now. */
function removeIfOwnerIsDead(file: string): void {
  if (isOwned(file)) return;
  const aside = ownName(file);
  try {
    renameSync(file, aside);
  } catch {
    return; // released meanwhile
  }
  if (isOwned(aside)) linkSync(aside, file);
  rmSync(aside);
}

function isOwned(file: string): boolean {
  try {
    return isAlive(Number(readFileSync(file, 'utf8')), ownerMark);
  } catch {
    return false;
  }
}
