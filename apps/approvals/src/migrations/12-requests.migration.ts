import type { Migration } from '@dcm/runtime';

/** What operations were asked for with, without guest secrets: it can be asked for once more. Beside the operation, since no step of its life reads it. */
export const requests: Migration = {
  name: '12-requests',
  sql: [
    `CREATE TABLE approvals.request (
       operation_id uuid PRIMARY KEY REFERENCES approvals.operation,
       data json NOT NULL,
       secrets json NOT NULL)`,
  ],
};
