import type { SiteHealth } from '@dcm/contracts';
import type { Access } from './access';
import { isRefusal, Refused } from './hyperv.errors';

/** Whether the site can do work. What keeps it from that is an answer; only the caller's withdrawal is thrown. */
export async function checkHealth(access: Access, describe: (error: unknown) => string): Promise<SiteHealth> {
  const health = { reachable: false, loggedIn: false, missingPrivileges: [], detail: '', latencyMs: null };
  try {
    await access.client.about({ signal: access.signal, timeoutMs: access.callTimeoutMs });
    const startedAt = performance.now();
    const { rows, ran } = await access.read({ steps: [access.sight([])], return: { sight: { id: 'ID' } } });
    const latencyMs = Math.round((performance.now() - startedAt) * 10) / 10;
    return {
      ...health,
      reachable: true,
      loggedIn: true,
      latencyMs,
      ...rights(() => {
        access.requireSight(ran, rows.sight);
      }),
    };
  } catch (error) {
    access.requireCaller();
    return { ...health, reachable: isRefusal(error), detail: describe(error) };
  }
}

/** VMM tells no list of rights: what can be told is whether the role's scope holds what the site is set up for. */
function rights(requireSight: () => void): Pick<SiteHealth, 'missingPrivileges' | 'detail'> {
  try {
    requireSight();
    return { missingPrivileges: [], detail: 'ok' };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { missingPrivileges: ["scope of the account's user role"], detail: error.message };
  }
}
