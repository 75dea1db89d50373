import type { Access } from './access';
import type { AgentReport } from './machine.mapper';
import { readList, readRecord } from './reader.mapper';
import { isAgentSilent } from './guest.errors';

/** No guest starts its agent sooner. */
export const NO_AGENT_BEFORE_S = 2;
/** An agent that runs answers at once; Proxmox waits three seconds for one that does not. */
const PATIENCE_MS = 1_500;

/** GET agent/network-get-interfaces. One that does not answer soon does not run. */
export async function askAgent(access: Access, node: string, vmid: number): Promise<AgentReport> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const signal = AbortSignal.any([access.signal, patience]);
  try {
    const path = ['nodes', node, 'qemu', vmid, 'agent', 'network-get-interfaces'];
    const { result } = readRecord(await access.client.get(path, {}, { signal }));
    return { isRunning: true, interfaces: readList(result) };
  } catch (error) {
    access.requireCaller();
    if (patience.aborted || isAgentSilent(error)) return { isRunning: false, interfaces: [] };
    throw error;
  }
}
