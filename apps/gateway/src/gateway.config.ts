import { z } from 'zod';
import { loadConfig, type Environment } from '@dcm/runtime';

const port = z.coerce.number().int().min(0).max(65_535);
const milliseconds = z.coerce.number().int().min(50).max(3_600_000);

/** What the gateway reads from the environment. `NAME_FILE` takes a value from a file. */
export const gatewayConfigSchema = z.object({
  DATABASE_URL: z.string().min(1),
  AMQP_URL: z.string().min(1),
  /** 0 takes a free port. */
  PORT: port.default(3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  /** Shared with approvals: signs who asked. */
  DCM_INSTALLATION_KEY: z.string().min(16, 'must hold at least 16 characters'),
  /** A platform administrator's token that is made sure to exist: `dcm_<id>_<secret>`, or the secret alone for `dcm_bootstrap_<secret>`. */
  DCM_BOOTSTRAP_TOKEN: z.string().optional(),
  /** After how long a request that no event has confirmed is published again. */
  DCM_RESEND_MS: milliseconds.default(30_000),
  /**
   * So many accepted requests a second are handed on even while the machine is full and accepting slow; 0 hands all on at once, always.
   */
  DCM_LEAST_HANDED_ON: z.coerce.number().int().min(0).max(10_000).default(50),
  /** How often the read model is compared with the journal's head. */
  DCM_CATCH_UP_MS: milliseconds.default(5_000),
});
export type GatewayConfig = z.output<typeof gatewayConfigSchema>;

/** @throws DcmError INVALID_REQUEST naming each variable that is missing or wrong. */
export const loadGatewayConfig = (env: Environment): GatewayConfig => loadConfig(gatewayConfigSchema, env);
