import { eventKey, eventType, exchanges, journalPageType, visibilityIn, type JournalPage } from '@dcm/contracts';
import { toMessage, type OutgoingMessage } from '@dcm/messaging';
import { changedOf, type PlacedRow } from './journal.mapper';

const source = '/dcm/approvals';
const rowsPerPage = 100;

/**
 * Rows as the world hears of them: each as an event, for whoever listens to it; and all of them in few messages for the gateway, to which the
 * broker's work for a message is dearer than its rows.
 */
export const messagesOf = (rows: readonly PlacedRow[]): OutgoingMessage[] => [...pagesOf(rows), ...rows.map(eventOf)];

/** The id is the position, so that an event that is published twice is the same event. */
const eventOf = (row: PlacedRow): OutgoingMessage =>
  toMessage({
    id: row.position,
    exchange: exchanges.events,
    routingKey: eventKey(row.tenant_id, row.noun, visibilityIn(row.doc)),
    type: eventType(row.noun),
    source,
    subject: row.subject,
    data: changedOf(row),
    ...(row.traceparent !== null && { traceparent: row.traceparent }),
  });

function pagesOf(rows: readonly PlacedRow[]): OutgoingMessage[] {
  const pages: OutgoingMessage[] = [];
  for (let from = 0; from < rows.length; from += rowsPerPage) pages.push(pageOf(rows.slice(from, from + rowsPerPage)));
  return pages;
}

function pageOf(rows: readonly PlacedRow[]): OutgoingMessage {
  const id = `${rows[0]?.position ?? ''}-${rows.at(-1)?.position ?? ''}`;
  const data: JournalPage = { rows: rows.map(changedOf) };
  return toMessage({ id, exchange: exchanges.journal, routingKey: 'page', type: journalPageType, source, data });
}
