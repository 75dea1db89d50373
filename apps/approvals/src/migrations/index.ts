import type { Migration } from '@dcm/runtime';
import { foundation } from './1-foundation.migration';
import { operations } from './2-operations.migration';
import { changes } from './3-changes.migration';
import { presence } from './4-presence.migration';
import { snapshots } from './5-snapshots.migration';
import { journalPosition } from './6-journal-position.migration';
import { policies } from './7-policies.migration';
import { rates } from './9-rates.migration';
import { quota } from './10-quota.migration';
import { catalogue } from './11-catalogue.migration';
import { requests } from './12-requests.migration';
import { pauseCause } from './13-pause-cause.migration';
import { batches } from './14-batches.migration';
import { journalChain } from './15-journal-chain.migration';
import { looks } from './16-looks.migration';

/** Everything that makes the schema `approvals`, in order. */
export const migrations: readonly Migration[] = [
  foundation,
  operations,
  changes,
  presence,
  snapshots,
  journalPosition,
  policies,
  rates,
  quota,
  catalogue,
  requests,
  pauseCause,
  batches,
  journalChain,
  looks,
];
