import type { OperationId } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import type { Home, OperationsStand } from './operations-stand';

type Held = ReturnType<Home['provisioner']['hold']>;

interface FullSite {
  readonly home: Home;
  readonly held: Held;
  readonly first: OperationId;
  readonly second: OperationId;
}

/** A site with one place, where the second create waits for the first, whose work is held. */
export async function fullSite(stand: OperationsStand): Promise<FullSite> {
  const home = await stand.home({ maxConcurrent: 1 });
  const held = home.provisioner.hold();
  const first = await stand.create(home);
  await waitUntil(() => held.length === 1, 'the site to be full');
  const second = await stand.create(home);
  await stand.until(second, 'queued');
  return { home, held, first, second };
}
