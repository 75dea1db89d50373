import type { ConfigValue } from './vm.config';

/** An address that a guest reports. */
export interface GuestAddress {
  readonly address: string;
  /** `nic`: on the VM's first network card; `bridge`: on an interface that exists in the guest alone. */
  readonly on: 'nic' | 'bridge';
}

/** What a test tells a VM's guest to do; what is absent goes its usual way. */
export interface GuestScript {
  /** Whether the guest agent answers. */
  readonly agent?: 'running' | 'not-running';
  /** The addresses that the agent reports. */
  readonly addresses?: readonly GuestAddress[];
  /** The guest does not react to a request to shut down. */
  readonly ignoresShutdown?: boolean;
}

/** The process of a running VM. */
export interface Machine {
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds since the epoch: when the guest has booted, after the start or a reset. */
  bootedAt: number;
  isPaused: boolean;
  /** The configuration that it was started with, and what was plugged in since. */
  readonly active: Map<string, ConfigValue>;
  /** A system is installed on its boot disk. */
  readonly hasSystem: boolean;
  /** Ends the wait of a shutdown when the process ends by other means. */
  readonly ended: AbortController;
}
