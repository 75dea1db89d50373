import { startProxmox, type Proxmox, type ProxmoxOptions } from '../../sims/proxmox/proxmox';

/** What the parent asks for. */
export interface ClusterWish {
  readonly options: ProxmoxOptions;
  /** What every answer takes besides. */
  readonly latencyMs: number;
}

/** Where the cluster is. */
export type ClusterAddress = Pick<Proxmox, 'url' | 'ca' | 'token' | 'adminToken'>;

/** A simulated cluster in a process of its own: told what to be by the first message, it answers with its address. */
process.once('message', (wish: ClusterWish) => {
  void start(wish);
});
process.once('disconnect', () => process.exit(0));

async function start({ options, latencyMs }: ClusterWish): Promise<void> {
  const { control, url, ca, token, adminToken } = await startProxmox(options);
  if (latencyMs > 0) control.latency(latencyMs);
  const address: ClusterAddress = { url, ca, token, adminToken };
  process.send?.(address);
}
