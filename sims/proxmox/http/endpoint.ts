import type { Identity } from '../access/identity';
import type { Permission } from '../access/permission';
import type { Cluster } from '../cluster/cluster';
import type { ClusterNode } from '../cluster/node';
import type { ParameterTable } from '../schema/parameter';
import type { Params } from '../schema/params';

/** One call that has passed login, permission and schema. */
export interface Call {
  readonly cluster: Cluster;
  /** The node that carries it out. */
  readonly node: ClusterNode;
  readonly identity: Identity;
  readonly params: Params;
}

/** A list that says how many entries there are in all. */
export class Page {
  constructor(
    readonly data: readonly unknown[],
    readonly total: number,
  ) {}
}

/** One method on one path of the API. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api2/json`, with `{parameters}`. */
  readonly path: string;
  readonly permission: Permission;
  readonly parameters: ParameterTable;
  /** Runs as root: in the daemon behind the proxy. */
  readonly isProtected?: boolean;
  /** What it answers; undefined is null. */
  readonly handle: (call: Call) => unknown;
}
