import {
  DcmError,
  parseOrThrow,
  readCommands,
  type ConsoleCommand,
  type DiscoverCommand,
  type InventoryCommand,
  type PlanCommand,
  type QuoteCommand,
  type ReadType,
  type StatusCommand,
  type StatusesCommand,
} from '@dcm/contracts';
import type { Site } from '../site';

/** A command that only looks, read. */
export type Question =
  | { readonly type: 'io.dcm.command.plan.v1'; readonly command: PlanCommand }
  | { readonly type: 'io.dcm.command.status.v1'; readonly command: StatusCommand }
  | { readonly type: 'io.dcm.command.statuses.v1'; readonly command: StatusesCommand }
  | { readonly type: 'io.dcm.command.console.v1'; readonly command: ConsoleCommand }
  | { readonly type: 'io.dcm.command.quote.v1'; readonly command: QuoteCommand }
  | { readonly type: 'io.dcm.command.inventory.v1'; readonly command: InventoryCommand }
  | { readonly type: 'io.dcm.command.discover.v1'; readonly command: DiscoverCommand };

/** Where a question is to be answered, and the trace that it belongs to. */
export interface Asked {
  readonly site: Site;
  readonly traceparent: string | undefined;
}

const isRead = (type: string | undefined): type is ReadType => type !== undefined && Object.hasOwn(readCommands, type);

/** @throws DcmError INVALID_REQUEST for a type that is no command of this queue, or data that breaks its schema. */
export function readQuestion(type: string | undefined, data: unknown): Question {
  if (!isRead(type)) {
    throw new DcmError('INVALID_REQUEST', `Unable to handle ${type ?? 'a message without type'}: it only may look`);
  }
  // One type's schema makes one type's command; the compiler does not follow a key through a union.
  return { type, command: parseOrThrow(readCommands[type], data, type) } as Question;
}
