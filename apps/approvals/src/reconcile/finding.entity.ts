import type { VmId } from '@dcm/contracts';

/**
 * What was found about a VM and is to be decided about. seen: it is there, and was not, or not always. changed: it is there, with another
 * power or native id than DCM knows. unmarked: a VM of its id and name is there without a mark. unseen: too many scans did not show it.
 * unreachable: its site is away.
 */
export interface Finding {
  readonly vmId: VmId;
  readonly kind: 'seen' | 'changed' | 'unmarked' | 'unseen' | 'unreachable';
}
