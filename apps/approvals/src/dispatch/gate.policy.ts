import type { Site } from '@dcm/contracts';

/** How many operations may begin on a site now, and why none may. */
export type Gate =
  | { readonly isOpen: true; readonly places: number }
  | { readonly isOpen: false; readonly reason: string; readonly until: Date | null };

const closed = (reason: string, until: Date | null = null): Gate => ({ isOpen: false, reason, until });

/**
 * A site that is registered, draining or silent gets no work; a paused one none until its time has come, and then one
 * operation to try it with.
 */
export function gateOf(site: Site, running: number, now: Date): Gate {
  const free = Math.max(0, site.maxConcurrent - running);
  switch (site.state) {
    case 'registered':
      return closed('has not announced itself yet');
    case 'draining':
      return closed('is being drained');
    case 'silent':
      return closed('has not been heard of for some time');
    case 'paused':
      return pausedGate(site, running, now);
    case 'online':
      return { isOpen: true, places: free };
  }
}

function pausedGate(site: Site, running: number, now: Date): Gate {
  const until = site.pausedUntil === null ? now : new Date(site.pausedUntil);
  if (until > now) return closed(`does not answer: ${site.pauseReason ?? 'no reason is known'}`, until);
  return { isOpen: true, places: running === 0 ? 1 : 0 };
}
