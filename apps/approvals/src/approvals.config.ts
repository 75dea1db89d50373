import { currencySchema } from '@dcm/contracts';
import { z } from 'zod';

/** Injection tokens of what the process is made of. */
export const APPROVALS_CONFIG = Symbol('APPROVALS_CONFIG');
export const LOG = Symbol('LOG');
export const BROKER = Symbol('BROKER');
export const OUTBOX = Symbol('OUTBOX');
export const TRANSPORT = Symbol('TRANSPORT');

const ms = (value: number): z.ZodDefault<z.ZodCoercedNumber> => z.coerce.number().int().min(1).default(value);

/** Environment of the approvals process. Every duration is in milliseconds and can be shortened, so that tests take seconds. */
export const approvalsConfigSchema = z.object({
  DATABASE_URL: z.string().min(1),
  AMQP_URL: z.string().min(1),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8081),
  HOST: z.string().default('127.0.0.1'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** The key under which the gateway vouches for requesters. */
  DCM_INSTALLATION_KEY: z.string().min(16),
  /** Broker users of the gateways, separated by commas; absent: the user that this process connects as. */
  DCM_RELAY_USERS: z.string().optional(),

  /** How long a claim holds; a worker renews every third of it. */
  DCM_LEASE_MS: ms(45_000),
  /** The longest single hypervisor call: an expired attempt is dispatched again only after lease + this. */
  DCM_CALL_TIMEOUT_MS: ms(60_000),
  DCM_PLAN_TIMEOUT_MS: ms(60_000),
  /** A plan that is older when its VM is to be made is asked for again: what was signed may not hold any more. */
  DCM_PLAN_FRESH_MS: ms(900_000),
  /** How long a quote waits for a site; the caller waits at most 20 seconds for all. */
  DCM_QUOTE_TIMEOUT_MS: ms(15_000),
  DCM_OPERATION_DEADLINE_MS: ms(3_600_000),
  /** How long a dispatched message may lie unclaimed before it is sent again. */
  DCM_DISPATCH_TIMEOUT_MS: ms(60_000),
  DCM_MAX_ATTEMPTS: z.coerce.number().int().min(1).default(5),
  DCM_RETRY_BASE_MS: ms(2_000),
  /** How long after an unknown outcome a create may still show its effect. */
  DCM_LATE_EFFECT_WINDOW_MS: ms(120_000),
  DCM_SWEEP_MS: ms(1_000),
  /** How often the ledger is compared with the VMs, beside once at the start. */
  DCM_LEDGER_CHECK_MS: ms(3_600_000),
  /** How many snapshots a VM may have: each one slows its disks. */
  DCM_MAX_SNAPSHOTS: z.coerce.number().int().min(1).max(256).default(32),

  /** The currency of all rates and prices. Rates of another one, from before it was changed, do not hold. */
  DCM_CURRENCY: currencySchema.default('EUR'),

  /** How often provisioners announce; a site is silent after three that did not come. */
  DCM_ANNOUNCE_MS: ms(30_000),
  /** The age at which an inventory is asked for again, give or take a tenth. */
  DCM_INVENTORY_MS: ms(300_000),
  /** The time between two discovery scans of a site, give or take a tenth. */
  DCM_SCAN_MS: ms(300_000),
  /** A scan or an inventory that was not answered for so long is given up, and asked for again. */
  DCM_SCAN_TIMEOUT_MS: ms(900_000),
  /** VMs of a site that is silent or paused, and was not scanned for so many times `DCM_SCAN_MS`, are unreachable. */
  DCM_UNREACHABLE_SCANS: z.coerce.number().int().min(1).default(3),
});
export type ApprovalsConfig = z.output<typeof approvalsConfigSchema>;

/** The broker user in an AMQP URL: what the broker stamps on everything that this process publishes. */
export const brokerUserOf = (amqpUrl: string): string => decodeURIComponent(new URL(amqpUrl).username) || 'guest';

/** The broker users whose signed requesters are believed. */
export const relayUsersOf = (config: Pick<ApprovalsConfig, 'DCM_RELAY_USERS' | 'AMQP_URL'>): string[] => {
  const named = (config.DCM_RELAY_USERS ?? '').split(',').map((user) => user.trim());
  const users = named.filter((user) => user !== '');
  return users.length > 0 ? users : [brokerUserOf(config.AMQP_URL)];
};
