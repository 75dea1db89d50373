import { ConcurrencyGate } from '@dcm/connection';
import type { Attempt } from './attempt';
import type { Place } from './placement.policy';

/** What making disks costs a storage: whole copies, or an empty disk beside the image's. */
const FULL_CLONE = 4;
const LINKED_CLONE = 1;

/**
 * Lets each storage take only so many new VMs at once, first come, first served: Proxmox would take more, and let those
 * fail that wait too long for the storage's lock. Each process counts its own.
 */
export class ClonePlaces {
  private readonly byStorage = new Map<string, ConcurrencyGate>();

  /** @param fullClones how many whole copies a storage takes at once */
  constructor(private readonly fullClones: number) {}

  /**
   * Does the work when the storage has a place for it.
   * @throws OperationYielded when none becomes free while the attempt may wait; as `work`
   */
  async use<T>(attempt: Attempt, place: Place, work: () => Promise<T>): Promise<T> {
    const gate = this.gateOf(place);
    const places = place.isLinked ? LINKED_CLONE : FULL_CLONE;
    if (gate.isFull(places)) attempt.step(5, 'waiting for a clone place');
    const leave = await attempt.waitFor((signal) => gate.enter(signal, places));
    try {
      return await work();
    } finally {
      leave();
    }
  }

  /** A local storage of one name is another on each node. */
  private gateOf({ storage: { name, node, isShared } }: Place): ConcurrencyGate {
    const key = isShared ? name : `${node}/${name}`;
    const known = this.byStorage.get(key);
    if (known !== undefined) return known;
    const gate = new ConcurrencyGate(this.fullClones * FULL_CLONE);
    this.byStorage.set(key, gate);
    return gate;
  }
}
