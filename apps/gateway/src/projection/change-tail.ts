import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { every, type Log, type Loop } from '@dcm/runtime';
import { LOG } from '../parts';
import { ChangeRepository, type ChangePage } from './change.repository';
import { ProjectionService } from './projection.service';

type Listener = (page: ChangePage) => void;

const pollMs = 500;
/** While nobody listens only other replicas' changes are looked for. */
const idlePollMs = 2_000;
const pageSize = 1_000;

/** Follows the read model for the whole process with one query: at once after this replica's own commits, every half second for the others'. */
@Injectable()
export class ChangeTail implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly listeners = new Set<Listener>();
  private loop: Loop | undefined;
  private cursor = 0;
  private skippedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly changes: ChangeRepository,
    private readonly projector: ProjectionService,
    @Inject(LOG) private readonly log: Log,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.cursor = await this.end();
    this.loop = every(pollMs, () => this.poll(), this.log);
    this.projector.onApplied(({ watermark }) => {
      if (this.listeners.size > 0) this.loop?.nudge();
      else this.cursor = Math.max(this.cursor, watermark);
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
  }

  /** Up to where listeners have been told. */
  get position(): number {
    return this.cursor;
  }

  /** @returns the way to stop listening. */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  private async end(): Promise<number> {
    const { upTo } = await this.changes.read({ tenantId: null }, Number.MAX_SAFE_INTEGER, 1);
    return upTo;
  }

  /** Whoever begins to listen while the end is being looked up must be told what came meanwhile, so the cursor then stays. */
  private async skip(): Promise<void> {
    if (performance.now() - this.skippedAt < idlePollMs) return;
    this.skippedAt = performance.now();
    const end = await this.end();
    if (this.listeners.size === 0) this.cursor = Math.max(this.cursor, end);
  }

  private async poll(): Promise<void> {
    if (this.listeners.size === 0) await this.skip();
    while (this.listeners.size > 0) {
      const page = await this.changes.read({ tenantId: null }, this.cursor, pageSize);
      this.cursor = Math.max(this.cursor, page.upTo);
      for (const listener of this.listeners) listener(page);
      if (page.changes.length < pageSize) return;
    }
  }
}
