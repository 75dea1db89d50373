/** Anything of the fabric, by VMM's id and by the names that people give it. */
export interface Entity {
  readonly id: string;
  readonly name: string;
  /** All names by which a request may mean it. */
  readonly names: readonly string[];
}

export interface Host extends Entity {
  readonly isUsable: boolean;
  readonly cores: number | undefined;
  readonly memoryMib: number | undefined;
  readonly freeMib: number | undefined;
  /** Name of the cluster it belongs to. */
  readonly cluster: string | undefined;
  /** Path of its host group, such as `All Hosts\lab`. */
  readonly group: string;
}

export interface HostGroup extends Entity {
  readonly path: string;
}

/** A volume of one host, or one that a cluster's hosts share. */
export interface Volume extends Entity {
  readonly isShared: boolean;
  readonly isUsable: boolean;
  readonly totalBytes: number | undefined;
  readonly freeBytes: number | undefined;
  /** Names of the hosts that see it, in lower case. */
  readonly hosts: ReadonlySet<string>;
  /** Where it is mounted on each of them, such as `C:\ClusterStorage\Volume1`. */
  readonly path: string;
}

/** A template as it is now. */
export interface Template extends Entity {
  readonly os: string | undefined;
  readonly generation: number | undefined;
  /** Something that changes when the template does. */
  readonly version: string;
  readonly diskBytes: readonly number[];
  readonly nics: number;
}

/** What a VMM server offers to this account. */
export interface Places {
  readonly hosts: readonly Host[];
  readonly clusters: readonly Entity[];
  readonly groups: readonly HostGroup[];
  readonly volumes: readonly Volume[];
  readonly clouds: readonly Entity[];
  readonly networks: readonly Entity[];
  readonly templates: readonly Template[];
}

export const isWindows = ({ os }: Pick<Template, 'os'>): boolean => /\bwindows\b/i.test(os ?? '');
