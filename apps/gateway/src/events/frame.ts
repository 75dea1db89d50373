import type { Change } from '../projection/change.repository';

/**
 * A change as a server-sent event: `id` is its place, to resume after. JSON has no line breaks, so one `data` line is enough.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export const frameOf = ({ kind, id, seq, doc, position }: Change): string =>
  `id: ${position}\nevent: ${kind}.changed\ndata: ${JSON.stringify({ noun: kind, id, seq, doc })}\n\n`;

/** Moves the reader's place without an event, after a comment that keeps proxies from closing the connection. */
export const heartbeatOf = (position: number): string => `: heartbeat\nid: ${position}\n\n`;

/** The first lines: how long to wait before a reconnect, and the place to resume after if nothing comes. */
export const greetingOf = (position: number): string => `retry: 2000\nid: ${position}\n\n`;
