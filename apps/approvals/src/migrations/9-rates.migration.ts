import type { Migration } from '@dcm/runtime';

/**
 * What things cost, from when on; rows are only ever added. A VM keeps the price of its plan, which no later rate changes, and when the
 * plan was made.
 */
export const rates: Migration = {
  name: '9-rates',
  sql: [
    `CREATE TABLE approvals.rate (
       id uuid PRIMARY KEY,
       platform text,
       site text REFERENCES approvals.site,
       size text,
       currency text NOT NULL,
       vcpu_hour_micros bigint NOT NULL CHECK (vcpu_hour_micros >= 0),
       memory_gib_hour_micros bigint NOT NULL CHECK (memory_gib_hour_micros >= 0),
       disk_gib_hour_micros bigint NOT NULL CHECK (disk_gib_hour_micros >= 0),
       vcpu_hour_off_micros bigint NOT NULL CHECK (vcpu_hour_off_micros >= 0),
       memory_gib_hour_off_micros bigint NOT NULL CHECK (memory_gib_hour_off_micros >= 0),
       valid_from timestamptz(3) NOT NULL,
       created_at timestamptz(3) NOT NULL DEFAULT now(),
       CHECK (platform IS NULL OR site IS NULL),
       CONSTRAINT rate_from UNIQUE NULLS NOT DISTINCT (platform, site, size, currency, valid_from))`,
    `CREATE FUNCTION approvals.refuse_rate_change() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       RAISE EXCEPTION 'rates are only ever added: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
     END $$`,
    `CREATE TRIGGER rate_append_only BEFORE UPDATE OR DELETE ON approvals.rate
       FOR EACH ROW EXECUTE FUNCTION approvals.refuse_rate_change()`,
    `ALTER TABLE approvals.vm ADD COLUMN plan_price json, ADD COLUMN planned_at timestamptz(3)`,
  ],
};
