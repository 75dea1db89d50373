import { ConcurrencyGate } from '@dcm/connection';
import type { Attempt } from './attempt';
import type { Template } from './template';

/** What copying costs the host of the template, in vCenter's own units: a whole disk, or an empty one beside it. */
const FULL_CLONE = 4;
const LINKED_CLONE = 1;

/**
 * Lets each host copy only so many templates at once, first come, first served. vCenter would take more and queue them
 * where nobody can withdraw them or see how long it takes. Each process counts its own.
 */
export class ClonePlaces {
  private readonly byHost = new Map<string, ConcurrencyGate>();

  /** @param fullClones how many whole copies a host makes at once */
  constructor(private readonly fullClones: number) {}

  /**
   * Does the work when the template's host has a place for it.
   * @throws OperationYielded when none becomes free while the attempt may wait; as `work`
   */
  async use<T>(attempt: Attempt, template: Template, work: () => Promise<T>): Promise<T> {
    const gate = this.gateOf(template);
    const places = template.snapshot === undefined ? FULL_CLONE : LINKED_CLONE;
    if (gate.isFull(places)) attempt.step(5, 'waiting for a clone place');
    const leave = await attempt.waitFor((signal) => gate.enter(signal, places));
    try {
      return await work();
    } finally {
      leave();
    }
  }

  private gateOf({ host, image }: Template): ConcurrencyGate {
    const key = (host ?? image.ref).value;
    const known = this.byHost.get(key);
    if (known !== undefined) return known;
    const gate = new ConcurrencyGate(this.fullClones * FULL_CLONE);
    this.byHost.set(key, gate);
    return gate;
  }
}
