import type { Behaviour } from '../behaviour';

/** The whole suite, in the order of a VM's life. */
export const behaviours: readonly Behaviour[] = [];
