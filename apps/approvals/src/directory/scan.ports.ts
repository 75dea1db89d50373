import type { Transaction } from '../database/transaction.repository';
import type { Voice } from '../journal/change.service';
import type { CompleteScan } from './scans.repository';

/** Injection token of `ScanReader`; the reconcile module provides it. */
export const SCAN_READER = Symbol('SCAN_READER');

/** Who draws conclusions from complete scans. */
export interface ScanReader {
  /** Takes in a scan in the transaction that completes it, once. */
  read(manager: Transaction, voice: Voice, scan: CompleteScan): Promise<void>;
  /** The transaction was committed: what follows may be done at once. */
  nudge(): void;
}
