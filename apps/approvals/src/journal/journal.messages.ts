import { eventKey, eventType, exchanges, journalPageType, visibilityIn } from '@dcm/contracts';
import { JsonText, toMessage, type OutgoingMessage } from '@dcm/messaging';
import { changedJsonOf, docOf, type PlacedRow } from './journal.mapper';

const source = '/dcm/approvals';
const rowsPerPage = 100;

/**
 * Rows as the world hears of them: each as an event, for whoever listens to it; and all of them in few messages for the gateway, to which the
 * broker's work for a message is dearer than its rows. Their documents go as the text that is stored.
 */
export const messagesOf = (rows: readonly PlacedRow[]): OutgoingMessage[] => {
  const told = rows.map((row) => ({ row, json: changedJsonOf(row) }));
  return [...pagesOf(told), ...told.map(eventOf)];
};

interface Told {
  readonly row: PlacedRow;
  readonly json: string;
}

/** The id is the position, so that an event that is published twice is the same event. */
const eventOf = ({ row, json }: Told): OutgoingMessage =>
  toMessage({
    id: row.position,
    exchange: exchanges.events,
    // Only what belongs to no tenant says who sees it.
    routingKey: eventKey(row.tenant_id, row.noun, row.tenant_id === null ? visibilityIn(docOf(row)) : 'all'),
    type: eventType(row.noun),
    source,
    subject: row.subject,
    data: new JsonText(json),
    ...(row.traceparent !== null && { traceparent: row.traceparent }),
  });

function pagesOf(rows: readonly Told[]): OutgoingMessage[] {
  const pages: OutgoingMessage[] = [];
  for (let from = 0; from < rows.length; from += rowsPerPage) pages.push(pageOf(rows.slice(from, from + rowsPerPage)));
  return pages;
}

function pageOf(rows: readonly Told[]): OutgoingMessage {
  const id = `${rows[0]?.row.position ?? ''}-${rows.at(-1)?.row.position ?? ''}`;
  const data = new JsonText(`{"rows":[${rows.map(({ json }) => json).join(',')}]}`);
  return toMessage({ id, exchange: exchanges.journal, routingKey: 'page', type: journalPageType, source, data });
}
