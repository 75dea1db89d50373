import { z } from 'zod';

const ms = (fallback: number): z.ZodDefault<z.ZodCoercedNumber> => z.coerce.number().int().min(1).default(fallback);

/** Environment of every provisioner. Durations are in milliseconds and can be shortened, so that tests take seconds. */
export const provisionerConfigSchema = z.object({
  AMQP_URL: z.string().min(1),
  /** The YAML file that names the sites of this provisioner. */
  DCM_SITES_FILE: z.string().min(1),
  /** Of the health server; 0 takes a free port. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  HOST: z.string().default('127.0.0.1'),
  /** Mutations that this replica runs at a time per site; default: the site's `maxConcurrent`. */
  DCM_WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(1_000).optional(),
  DCM_ANNOUNCE_MS: ms(30_000),
  /** How long a claim may go unanswered before nothing more may be changed. */
  DCM_CLAIM_SILENCE_MS: ms(30_000),
  /** How long a read may take; a scan of all VMs ten times as long. */
  DCM_READ_TIMEOUT_MS: ms(60_000),
  /** How long running work may go on after SIGTERM before it is interrupted. */
  DCM_DRAIN_MS: ms(20_000),
});
export type ProvisionerConfig = z.output<typeof provisionerConfigSchema>;
