/** A node of the cluster. */
export interface Node {
  readonly name: string;
  readonly isOnline: boolean;
  readonly cpus: number | undefined;
  readonly memoryTotalMib: number | undefined;
  readonly memoryUsedMib: number | undefined;
}

/** A storage as one node sees it. */
export interface Storage {
  readonly name: string;
  readonly node: string;
  readonly type: string;
  readonly isShared: boolean;
  readonly isActive: boolean;
  readonly content: ReadonlySet<string>;
  readonly totalBytes: number | undefined;
  readonly usedBytes: number | undefined;
}

/** A bridge of a node, or a vnet of the cluster's SDN, which every node has. */
export interface Network {
  readonly name: string;
  readonly kind: 'bridge' | 'vnet';
  /** Undefined: on every node. */
  readonly node: string | undefined;
}

/** A template of the cluster, as the list of all resources shows it. */
export interface Image {
  readonly vmid: number;
  readonly name: string;
  readonly node: string;
}

/** The places of one cluster. */
export interface Places {
  readonly nodes: readonly Node[];
  readonly storages: readonly Storage[];
  readonly networks: readonly Network[];
  readonly images: readonly Image[];
  readonly pools: readonly string[];
}
