import type { HypervisorReason, Site } from '@dcm/contracts';
import { isCircuitOpen } from '../operations/waiting.mapper';

/** How many operations may begin on a site now, and why none may. `isCircuit`: it refused DCM's login. */
export type Gate =
  | { readonly isOpen: true; readonly places: number }
  | { readonly isOpen: false; readonly isCircuit: boolean; readonly reason: string; readonly until: Date | null };

const closed = (reason: string, until: Date | null = null): Gate => ({
  isOpen: false,
  isCircuit: false,
  reason,
  until,
});

/**
 * A site that is registered, draining or silent gets no work; a paused one none until its time has come, and then one
 * operation to try it with.
 * @param cause why it was paused last
 */
export function gateOf(site: Site, running: number, now: Date, cause: HypervisorReason | null = null): Gate {
  const free = Math.max(0, site.maxConcurrent - running);
  switch (site.state) {
    case 'registered':
      return closed('has not announced itself yet');
    case 'draining':
      return closed('is being drained');
    case 'silent':
      return closed('has not been heard of for some time');
    case 'paused':
      return pausedGate(site, running, { now, cause });
    case 'online':
      return { isOpen: true, places: free };
  }
}

function pausedGate(
  site: Site,
  running: number,
  { now, cause }: { readonly now: Date; readonly cause: HypervisorReason | null },
): Gate {
  const until = site.pausedUntil === null ? now : new Date(site.pausedUntil);
  const reason = site.pauseReason ?? 'no reason is known';
  if (until > now && isCircuitOpen(cause)) return { isOpen: false, isCircuit: true, reason, until };
  if (until > now) return closed(`does not answer: ${reason}`, until);
  return { isOpen: true, places: running === 0 ? 1 : 0 };
}
