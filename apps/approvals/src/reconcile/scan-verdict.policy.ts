import type { SiteScan } from '@dcm/contracts';

/** How a complete scan compares with what DCM believes of a site. */
export interface ScanTally {
  /** Rows of the scan, and those among them that bear this installation's mark. */
  readonly vms: number;
  readonly ours: number;
  /** VMs that DCM believes to be there: active, and not known to be missing. */
  readonly believed: number;
  /** VMs that DCM knows and did not see, known to be missing or not. */
  readonly missing: number;
  /** Of the believed ones: not seen, but in too few scans in a row to be taken for true. */
  readonly vanished: number;
  /** Of the believed ones: not seen in so many scans in a row that even many of them are taken for true. */
  readonly accepted: number;
}

export const presenceRules = {
  /** So many complete scans in a row must not have shown a VM before it is looked for directly. */
  unseenScans: 2,
  /** After so many, many vanished VMs are believed too: then each of them is looked for directly. */
  acceptedAfter: 3,
  /** Up to so many VMs, and up to this share of a site, may vanish at once without a doubt about the scan. */
  unsuspiciousVms: 2,
  unsuspiciousShare: 0.1,
} as const;

/** What is told of a scan. From a suspect one nothing follows for any VM. */
export function verdictOn({ vms, ours, missing, ...tally }: ScanTally, finishedAt: string): SiteScan {
  const isSuspect = isDoubtful(tally);
  return { finishedAt, vms, ours, missing, isSuspect, detail: detailOf(tally, isSuspect) };
}

type Doubt = Pick<ScanTally, 'believed' | 'vanished' | 'accepted'>;

/** Rights that were lost, a host that is away or a server that was put back to an old state look like many VMs gone at once. */
const isDoubtful = ({ believed, vanished }: Doubt): boolean =>
  vanished > presenceRules.unsuspiciousVms && vanished > believed * presenceRules.unsuspiciousShare;

function detailOf({ believed, vanished, accepted }: Doubt, isSuspect: boolean): string | null {
  if (isSuspect)
    return `${vanished} of ${believed} VMs were not seen: no VM changes until a scan shows them again, or ${presenceRules.acceptedAfter} scans in a row do not`;
  if (accepted === 0) return null;
  return `${accepted} VMs were not seen in ${presenceRules.acceptedAfter} scans in a row: they are looked for one by one`;
}
