import type { Readable } from 'node:stream';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DcmError } from '@dcm/contracts';
import type { Log } from '@dcm/runtime';
import { AuthService } from '../auth/auth.service';
import { qualifiedName, scopeOf, type Principal } from '../auth/principal';
import { LOG } from '../parts';
import { ChangeTail } from '../projection/change-tail';
import { ChangeRepository, type Change, type ChangePage } from '../projection/change.repository';
import { EventClient } from './event-client';

const maxPerPrincipal = 10;
const heartbeatMs = 15_000;
const pageSize = 500;

/** Who asks for a stream, and from where. */
export interface StreamWish {
  readonly principal: Principal;
  readonly authorization: string | undefined;
  /** The header `Last-Event-ID`; absent: from now on. */
  readonly lastEventId: string | undefined;
}

/** @throws DcmError INVALID_REQUEST for what is no position. */
function placeOf(lastEventId: string): number {
  if (/^\d{1,15}$/.test(lastEventId)) return Number(lastEventId);
  throw new DcmError('INVALID_REQUEST', 'Unable to resume the events: Last-Event-ID is not an id of this stream', {
    details: [{ pointer: 'header/Last-Event-ID', message: 'must be the id of an event that was received' }],
  });
}

/** The open event streams of this process. */
@Injectable()
export class EventStreams implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly clients = new Set<EventClient>();
  private timer: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;
  private isOver = false;

  constructor(
    private readonly tail: ChangeTail,
    private readonly changes: ChangeRepository,
    private readonly auth: AuthService,
    @Inject(LOG) private readonly log: Log,
  ) {}

  get size(): number {
    return this.clients.size;
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      for (const client of this.clients) void this.beat(client);
    }, heartbeatMs);
    this.timer.unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Ends every stream, and each that still comes. */
  endAll(): void {
    this.isOver = true;
    for (const client of this.clients) client.end();
  }

  /** @throws DcmError RATE_LIMITED beyond ten streams of one principal; INVALID_REQUEST for a wrong place. */
  async open(wish: StreamWish): Promise<Readable> {
    const { principal, authorization } = wish;
    const given = wish.lastEventId === undefined ? undefined : placeOf(wish.lastEventId);
    const now = (await this.changes.read({ tenantId: null }, Number.MAX_SAFE_INTEGER, 1)).upTo;
    this.assertRoom(principal);
    const from = Math.min(given ?? now, now);
    const client = new EventClient({ principal, authorization, scope: scopeOf(principal), from });
    this.add(client);
    if (this.isOver) client.end();
    client
      .catchUp(
        (after) => this.changes.read(client.options.scope, after, pageSize),
        () => this.tail.position,
      )
      .catch((error: unknown) => {
        this.log.warn({ error: String(error) }, 'an event stream could not catch up');
        client.end();
      });
    return client.body;
  }

  private assertRoom(principal: Principal): void {
    const name = qualifiedName(principal);
    const open = [...this.clients].filter((client) => qualifiedName(client.options.principal) === name).length;
    if (open < maxPerPrincipal) return;
    throw new DcmError('RATE_LIMITED', `Unable to open a stream: ${principal.name} has ${maxPerPrincipal} open`, {
      retryAfterMs: heartbeatMs,
    });
  }

  private add(client: EventClient): void {
    this.clients.add(client);
    this.stopListening ??= this.tail.listen((page) => {
      this.tell(page);
    });
    client.onClose(() => {
      this.clients.delete(client);
      if (this.clients.size > 0) return;
      this.stopListening?.();
      this.stopListening = undefined;
    });
  }

  private tell(page: ChangePage): void {
    const frames = new Map<Change, string>();
    for (const client of this.clients) client.tell(page, frames);
  }

  /** A token that was revoked or expired ends its streams too. */
  private async beat(client: EventClient): Promise<void> {
    try {
      await this.auth.authenticate(client.options.authorization);
      client.heartbeat();
    } catch (error) {
      if (error instanceof DcmError && error.code === 'UNAUTHENTICATED') client.end();
      else client.heartbeat();
    }
  }
}
