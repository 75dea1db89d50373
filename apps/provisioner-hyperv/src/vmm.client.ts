import { JobWatcher } from './job.watcher';
import type { Batch, Returns, Step } from './powershell/batch';
import type { Answer } from './powershell/frame';
import { WorkerPool, type RunOptions } from './powershell/worker.pool';
import type { SiteOptions } from './hyperv.config';
import { NOT_CONNECTED } from './vmm.codes';
import type { Endpoint } from './wsman';

/** What a client is made of. */
export interface VmmClientOptions {
  readonly endpoint: Endpoint;
  readonly credentials: { readonly username: string; readonly password: string };
  readonly callTimeoutMs: number;
  readonly options: SiteOptions;
  readonly onNoise: (line: string) => void;
}

/** What of a server is asked once. */
export interface About {
  readonly name: string;
  readonly version: string;
}

/** How often shells are looked for that ended processes of this machine have left. */
const SWEEP_EVERY_MS = 5 * 60_000;
const ABOUT_FIELDS = { name: 'Name', version: 'ProductVersion' } as const;

/** One VMM server, by warm processes that are connected to it. */
export class VmmClient {
  readonly callTimeoutMs: number;
  private readonly pool: WorkerPool;
  private readonly jobs: JobWatcher;
  private readonly endpoint: Endpoint;
  private readonly connect: Step;
  private sweptAt = Number.NEGATIVE_INFINITY;

  constructor({ endpoint, credentials, callTimeoutMs, options, onNoise }: VmmClientOptions) {
    this.endpoint = endpoint;
    this.callTimeoutMs = callTimeoutMs;
    this.connect = connectStep(options, credentials);
    this.pool = new WorkerPool({
      endpoint,
      onNoise,
      workers: options.workers,
      startTimeoutMs: options.startTimeoutMs,
      maxAgeMs: options.workerMaxAgeMs,
      maxRequests: options.workerMaxRequests,
      opening: { steps: [this.connect], return: {} },
      lostConnectionCode: NOT_CONNECTED,
    });
    const read: ConstructorParameters<typeof JobWatcher>[0] = (batch) =>
      this.run(batch, { signal: AbortSignal.timeout(callTimeoutMs), timeoutMs: callTimeoutMs });
    this.jobs = new JobWatcher(read, options.jobPollMs);
  }

  /** Runs a batch. @throws BatchError, PowerShellError, WsmanError */
  run<R extends Returns>(batch: Batch<R>, options: RunOptions): Promise<Answer<R>> {
    this.sweep();
    return this.pool.run(batch, options);
  }

  /** Follows a job to its end. */
  get wait(): JobWatcher['wait'] {
    return this.jobs.wait.bind(this.jobs);
  }

  /** Connects once more, and says to what. */
  async about(options: RunOptions): Promise<About> {
    const { rows } = await this.run({ steps: [this.connect], return: { server: ABOUT_FIELDS } }, options);
    const [server] = rows.server;
    return { name: server?.name ?? '', version: server?.version ?? '' };
  }

  async close(): Promise<void> {
    await this.pool.close();
    this.endpoint.close();
  }

  /** Processes of ours that were killed left their shells behind. It is no part of any call, and may fail. */
  private sweep(): void {
    if (performance.now() - this.sweptAt < SWEEP_EVERY_MS) return;
    this.sweptAt = performance.now();
    const signal = AbortSignal.timeout(this.callTimeoutMs);
    this.endpoint.deleteLeftovers({ signal }).catch(() => undefined);
  }
}

function connectStep(options: SiteOptions, { username, password }: VmmClientOptions['credentials']): Step {
  const { vmmServer, vmmPort, userRole, passCredentials } = options;
  return {
    as: 'server',
    cmd: 'Get-SCVMMServer',
    args: {
      ComputerName: vmmServer,
      ...(vmmPort !== undefined && { TCPPort: vmmPort }),
      ...(userRole !== undefined && { UserRoleName: userRole }),
      ...(passCredentials && { Credential: { $cred: { username, password } } }),
      SetAsDefault: true,
    },
    expect: 'one',
  };
}
