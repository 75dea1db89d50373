import type { CallContext, HypervisorPort, SiteHealth } from '@dcm/contracts';
import { causeOf, toFailure } from './failure.errors';

/** A site's health; a check that fails is an answer too. */
export async function healthOf(adapter: HypervisorPort, ctx: CallContext): Promise<SiteHealth> {
  try {
    return await adapter.checkHealth(ctx);
  } catch (error) {
    const detail = toFailure(causeOf(error, ctx.signal), 'NONE').message;
    return { reachable: false, loggedIn: false, missingPrivileges: [], detail, latencyMs: null };
  }
}
