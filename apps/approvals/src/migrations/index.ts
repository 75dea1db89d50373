import type { Migration } from '@dcm/runtime';
import { foundation } from './1-foundation.migration';
import { operations } from './2-operations.migration';

/** Everything that makes the schema `approvals`, in order. */
export const migrations: readonly Migration[] = [foundation, operations];
