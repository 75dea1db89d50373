import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import type { Principal, Scope } from '../auth/principal';
import type { Change, ChangePage } from '../projection/change.repository';
import { isVisible, shownTo } from '../resources/visibility.policy';
import { frameOf, greetingOf, heartbeatOf } from './frame';

/** A reader that lets this much pile up is cut off; it resumes where it was. */
const maxBufferedBytes = 1024 * 1024;

export interface EventClientOptions {
  readonly principal: Principal;
  /** The header, to ask again whether the token is still good. */
  readonly authorization: string | undefined;
  readonly scope: Scope;
  readonly from: number;
}

/** One open stream of events. Until it has caught up it reads pages of its own; then it is told what the process's tail sees. */
export class EventClient {
  private readonly stream = new PassThrough({ highWaterMark: 64 * 1024 });
  private position: number;
  private isLive = false;

  constructor(readonly options: EventClientOptions) {
    this.position = options.from;
    this.stream.write(greetingOf(options.from));
  }

  get body(): Readable {
    return this.stream;
  }

  get isClosed(): boolean {
    return this.stream.destroyed || this.stream.writableEnded;
  }

  onClose(listener: () => void): void {
    this.stream.once('close', listener);
  }

  end(): void {
    this.stream.end();
  }

  heartbeat(): void {
    this.write(heartbeatOf(this.position));
  }

  /** What the tail saw; ignored while this client still catches up, which then brings it. */
  tell(page: ChangePage, frames: Map<Change, string>): void {
    if (!this.isLive) return;
    for (const change of page.changes) {
      if (change.position <= this.position || !isVisible(this.options.scope, change)) continue;
      const shown = this.shown(change);
      const frame = frames.get(shown) ?? frameOf(shown);
      frames.set(shown, frame);
      this.write(frame);
    }
    this.position = Math.max(this.position, page.upTo);
  }

  /**
   * Reads what came after the client's place, page by page, until it stands where the tail stands.
   * @param tailPosition is asked after each page, in the same turn of the event loop in which the client goes live.
   */
  async catchUp(read: (after: number) => Promise<ChangePage>, tailPosition: () => number): Promise<void> {
    while (!this.isClosed) {
      const page = await read(this.position);
      await this.writeAll(page.changes);
      this.position = Math.max(this.position, page.upTo);
      if (this.position >= tailPosition()) {
        this.isLive = true;
        return;
      }
    }
  }

  /** The change itself, unless this client sees it in other words. */
  private shown(change: Change): Change {
    const doc = shownTo(this.options.scope, change.doc);
    return doc === change.doc ? change : { ...change, doc };
  }

  private async writeAll(changes: readonly Change[]): Promise<void> {
    for (const change of changes) {
      if (this.isClosed) return;
      if (!this.stream.write(frameOf(this.shown(change))))
        await Promise.race([once(this.stream, 'drain'), once(this.stream, 'close')]);
    }
  }

  private write(text: string): void {
    if (this.isClosed) return;
    this.stream.write(text);
    if (this.stream.writableLength + this.stream.readableLength > maxBufferedBytes) this.stream.destroy();
  }
}
