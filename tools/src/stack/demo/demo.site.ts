import type { DemoSite } from '../seed';
import type { StackSite } from '../stack.file';

/** A demo site that runs: what to seed, what to tell tools, and the provisioner's sites file. */
export interface RunningDemoSite extends DemoSite {
  readonly stackSite: StackSite;
  readonly sitesFile: string;
  stop(): Promise<void>;
}

/** A demo site that can be started: its hypervisor, simulated or given, and the file that leads its provisioner there. */
export interface Demo {
  readonly name: string;
  readonly platform: string;
  /** @returns the reason when no hypervisor can be had, so that the stack starts without the site and says so. */
  start(password: string): Promise<RunningDemoSite | string>;
}
