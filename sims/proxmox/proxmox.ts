import { randomBytes, randomUUID } from 'node:crypto';
import { ClusterAuthority } from './certificates/authority';
import { Cluster } from './cluster/cluster';
import { seed } from './cluster/seed';
import { Control } from './control/control';
import { Faults } from './faults/faults';
import { endpoints } from './http/endpoints';
import { Gateway } from './http/gateway';
import { NodeServer } from './http/node.server';
import { Router } from './http/router';
import { clusterOptions, type ProxmoxOptions } from './options';

export type { ProxmoxOptions } from './options';
export type { FaultRule, FaultScope } from './faults/faults';
export * as proxmoxFaults from './faults/library';

/** An API token, as a client needs it. */
export interface TokenCredentials {
  /** `user@realm!name`. */
  readonly id: string;
  /** A UUID. */
  readonly secret: string;
}

/** One node's door. */
export interface ProxmoxNode {
  readonly name: string;
  /** `https://127.0.0.1:<port>`, without `/api2/json`. */
  readonly url: string;
  /** SHA-256 of its certificate: 32 pairs of upper-case hex digits, joined by colons. */
  readonly fingerprint: string;
}

/** A simulated cluster that runs in this process. */
export interface Proxmox {
  /** The first node's address. */
  readonly url: string;
  readonly nodes: readonly ProxmoxNode[];
  /** PEM of the authority that has signed every node's certificate. */
  readonly ca: string;
  /** A provisioner's token with the least rights that it needs: dcm@pve!provisioner. */
  readonly token: TokenCredentials;
  /** A token that may everything that is not root's alone: root@pam!admin. */
  readonly adminToken: TokenCredentials;
  /** Of root@pam and dcm@pve. */
  readonly password: string;
  /** What goes on behind the API's back: faults, guests, sessions, counts. */
  readonly control: Control;
  stop(): Promise<void>;
}

/** Starts a simulated Proxmox VE cluster; every node listens when this resolves. */
export async function startProxmox(options: ProxmoxOptions = {}): Promise<Proxmox> {
  const cluster = new Cluster(clusterOptions(options));
  const password = options.password ?? randomBytes(12).toString('hex');
  const tokenSecret = options.tokenSecret ?? randomUUID();
  const adminSecret = randomUUID();
  seed(cluster, { password, tokenSecret, adminSecret });
  const faults = new Faults();
  const gateway = new Gateway(cluster, new Router(endpoints));
  const authority = new ClusterAuthority();
  const servers = new Map<string, NodeServer>();
  for (const node of cluster.nodes.values()) {
    const certificate = authority.issue(node.name, cluster.options.names);
    const server = new NodeServer({ cluster, node, gateway, faults, certificate });
    node.fingerprint = certificate.fingerprint;
    node.port = await server.listen(node.options.port ?? 0);
    servers.set(node.name, server);
  }
  const nodes = [...cluster.nodes.values()].map(({ name, fingerprint, port }) => ({
    ...{ name, fingerprint },
    url: `https://127.0.0.1:${port}`,
  }));
  return {
    url: urlOf(nodes),
    nodes,
    ca: authority.pem,
    token: { id: 'dcm@pve!provisioner', secret: tokenSecret },
    adminToken: { id: 'root@pam!admin', secret: adminSecret },
    password,
    control: new Control(cluster, faults, servers),
    stop: async () => {
      cluster.clock.stop();
      await Promise.all([...servers.values()].map((server) => server.close()));
    },
  };
}

function urlOf([first]: readonly ProxmoxNode[]): string {
  if (first === undefined) throw new Error('a cluster has a node at least');
  return first.url;
}
