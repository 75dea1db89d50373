/** What a simulated vCenter holds and how it behaves. Everything is optional; counts default to one small site. */
export interface VcsimOptions {
  /** Loopback port; default: a free one. */
  readonly port?: number;
  /** Listen host; default 127.0.0.1. */
  readonly host?: string;
  /** Further names or addresses for the certificate, e.g. a container's service name. */
  readonly names?: readonly string[];
  readonly username?: string;
  /** Default: a random one. It reaches the program by its environment, not by its command line. */
  readonly password?: string;
  /** HTTPS with a CA made at start; default true. */
  readonly tls?: boolean;
  readonly datacenters?: number;
  readonly clusters?: number;
  /** Hosts per cluster. */
  readonly hosts?: number;
  readonly standaloneHosts?: number;
  /** Resource pools per cluster beside the root pool. */
  readonly pools?: number;
  readonly datastores?: number;
  readonly portgroups?: number;
  /** Running strangers per cluster and standalone host. */
  readonly vms?: number;
  readonly folders?: number;
  readonly hostCpus?: number;
  readonly hostMemoryGib?: number;
  readonly datastoreGib?: number;
  /** Templates; default `debian-12-template` with 1 CPU, 1024 MiB, 8 GiB. An empty list seeds none. */
  readonly templates?: readonly VcsimTemplate[];
  /** Folder made below each datacenter's VM folder; default `dcm`, '' for none. */
  readonly vmFolder?: string;
  readonly delayMs?: number;
  /** Spread of delays: standard deviation / mean. */
  readonly jitter?: number;
  /** Delay before calls, by vim25 method name such as `CloneVM_Task`. */
  readonly methodDelaysMs?: Readonly<Record<string, number>>;
  /** How long tasks stay running after their effect, by method name. */
  readonly taskDelaysMs?: Readonly<Record<string, number>>;
  /** Objects per property page even when the client sets no maxObjects; 0 = no limit. */
  readonly pageSize?: number;
  /** Session idle timeout; 0 = never. */
  readonly idleTimeoutMs?: number;
  /** Whether guests have VMware Tools; default running. */
  readonly tools?: 'running' | 'absent';
  /** Time a guest takes to boot and to shut down; default 500. */
  readonly guestDelayMs?: number;
  /** Logs SOAP bodies with passwords masked. */
  readonly trace?: boolean;
  /** End the program when this process ends, however it ends; default true. */
  readonly dieWithParent?: boolean;
  /** File that takes the program's output; required when it outlives this process. */
  readonly logFile?: string;
}

/** A VM that is seeded and marked as template, with one disk and one NIC on "VM Network". */
export interface VcsimTemplate {
  readonly name: string;
  readonly cpus: number;
  readonly memoryMib: number;
  readonly diskGib: number;
  /** Whether it was made with a snapshot, on which linked clones stand. */
  readonly snapshot?: boolean;
  /** Whether it starts by EFI, which alone knows secure boot; default: by BIOS. */
  readonly efi?: boolean;
}

/** Command line of the program for these options; TLS and credentials are added by the launcher. */
export function vcsimArguments(options: VcsimOptions): string[] {
  const values: [string, string | number | undefined][] = [
    ['listen', `${options.host ?? '127.0.0.1'}:${options.port ?? 0}`],
    ['datacenters', options.datacenters],
    ['clusters', options.clusters],
    ['hosts', options.hosts],
    ['standalone-hosts', options.standaloneHosts],
    ['pools', options.pools],
    ['datastores', options.datastores],
    ['portgroups', options.portgroups],
    ['vms', options.vms],
    ['folders', options.folders],
    ['host-cpus', options.hostCpus],
    ['host-memory', options.hostMemoryGib],
    ['datastore-size', options.datastoreGib],
    ['vm-folder', options.vmFolder],
    ['delay', options.delayMs],
    ['jitter', options.jitter],
    ['method-delay', milliseconds(options.methodDelaysMs)],
    ['task-delay', milliseconds(options.taskDelaysMs)],
    ['page-size', options.pageSize],
    ['idle', duration(options.idleTimeoutMs)],
    ['tools', options.tools],
    ['guest-delay', duration(options.guestDelayMs)],
    ...(options.names ?? []).map((name): [string, string] => ['name', name]),
    ...templateValues(options.templates),
  ];
  const given = values.filter(([, value]) => value !== undefined).map(([name, value]) => `-${name}=${String(value)}`);
  return options.trace === true ? [...given, '-trace'] : given;
}

function milliseconds(delays: Readonly<Record<string, number>> | undefined): string | undefined {
  const entries = Object.entries(delays ?? {});
  return entries.length === 0 ? undefined : entries.map(([method, ms]) => `${method}:${ms}`).join(',');
}

function duration(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : `${ms}ms`;
}

function templateValues(templates: readonly VcsimTemplate[] | undefined): [string, string][] {
  if (templates === undefined) return [];
  if (templates.length === 0) return [['template', 'none']];
  return templates.map(({ name, cpus, memoryMib, diskGib, snapshot, efi }) => [
    'template',
    `${name}:${cpus}:${memoryMib}:${diskGib}${snapshot === true ? ':snapshot' : ''}${efi === true ? ':efi' : ''}`,
  ]);
}
