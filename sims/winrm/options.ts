import type { CloudLimits } from './model/cloud';
import type { GuestBehaviour } from './model/guest';
import type { Locale } from './model/texts';

/** Kinds of jobs, each with its own duration. */
export type JobKind =
  | 'create'
  | 'start'
  | 'stop'
  | 'shutdown'
  | 'save'
  | 'suspend'
  | 'delete'
  | 'update'
  | 'disk'
  | 'checkpoint'
  | 'refresh';

/** A template to be seeded. */
export interface TemplateSeed {
  readonly name: string;
  readonly os: 'linux' | 'windows';
  readonly cpus: number;
  readonly memoryMb: number;
  readonly diskGib: number;
  readonly generation?: 1 | 2;
}

/** What a simulated management server holds and how it behaves. Everything is optional; the defaults make one small, fast site. */
export interface VmmOptions {
  /** Hosts of the cluster; default 2. */
  readonly clusterHosts?: number;
  /** Hosts beside it; default 1. */
  readonly standaloneHosts?: number;
  /** Logical processors per host; default 32. */
  readonly hostCpus?: number;
  /** Default 256. */
  readonly hostMemoryGib?: number;
  /** Size of each of the two CSVs and of each standalone host's drive; default 10,240. */
  readonly volumeGib?: number;
  /** Default: `debian-12-template` (1 CPU, 1024 MB, 8 GiB) and `windows-2022-template` (2 CPUs, 4096 MB, 40 GiB). */
  readonly templates?: readonly TemplateSeed[];
  /** Limits of the cloud `gold`; default 1000 CPUs, 4 TiB of memory, 100 TiB of storage, 5000 VMs. */
  readonly cloudLimits?: CloudLimits;
  /** Strangers to be seeded, powered off; default 0. */
  readonly vms?: number;
  /** How long jobs take; the others keep their defaults (20 to 120 ms). */
  readonly jobMs?: Partial<Readonly<Record<JobKind, number>>>;
  /** Simulated milliseconds per millisecond; default 1. */
  readonly speed?: number;
  /** How guests behave; default: integration services after 100 ms, addresses 50 ms later. */
  readonly guests?: Partial<GuestBehaviour>;
  /** Language of messages; default `en`. */
  readonly locale?: Locale;
  /** Account under which jobs run, `CONTOSO\svc-dcm` by default. */
  readonly account?: string;
}

/** A whole simulated site: the management server, its PowerShell, and the WinRM service before them. */
export interface WinrmOptions extends VmmOptions, PowerShellOptions {
  /** Password of the account; default: a random one. */
  readonly password?: string;
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string;
  /** A further name in the certificate, beside `localhost` and 127.0.0.1. */
  readonly san?: string;
  /** Ports; default: free ones. */
  readonly httpPort?: number;
  readonly httpsPort?: number;
  /** Whether clients come through proxies that can break their connections; default false. */
  readonly proxied?: boolean;
  /** Default `Strict`: what comes by HTTPS must be bound to its channel. */
  readonly cbtHardening?: 'None' | 'Relaxed' | 'Strict';
}

/** How `powershell.exe` behaves on the server. */
export interface PowerShellOptions {
  /** From start to the first line read; default 5 (a real one takes about 600). */
  readonly startMs?: number;
  /** Import of the module VirtualMachineManager at the first request; default 5 (a real one takes about 3,000). */
  readonly importMs?: number;
  /** What every cmdlet costs, half of it before and half after its effect; default 0. */
  readonly cmdletMs?: number;
  /** Folder with `bootstrap.ps1` and `dispatcher.ps1`; default: that of the Hyper-V provisioner in this repository. */
  readonly scripts?: string;
}
