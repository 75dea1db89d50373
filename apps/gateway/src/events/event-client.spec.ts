import type { Change, ChangePage } from '../projection/change.repository';
import { EventClient } from './event-client';

const change = (position: number, tenantId = 'a'): Change => ({
  visibility: 'all',
  kind: 'vm',
  id: `vm-${position}`,
  tenantId,
  seq: 1,
  position,
  doc: {},
});
const page = (upTo: number, ...positions: readonly number[]): ChangePage => ({
  changes: positions.map((at) => change(at)),
  upTo,
});

const clientAt = (from: number): EventClient =>
  new EventClient({
    principal: { tokenId: 't', name: 'dev', tenantId: 'a', roles: ['developer'] },
    authorization: undefined,
    scope: { tenantId: 'a' },
    from,
  });

/** What was written so far: the ids of the events. */
const written = (client: EventClient): string[] =>
  [...String(client.body.read() ?? '').matchAll(/^id: (\d+)\nevent/gm)].map(([, id]) => id ?? '');

const tell = (client: EventClient, told: ChangePage): void => {
  client.tell(told, new Map());
};

describe('a client that catches up', () => {
  it('reads on while the tail is ahead of what it read, and loses nothing in between', async () => {
    const client = clientAt(0);
    const pages = [page(5, 3, 5), page(9, 7)];
    const read = (): Promise<ChangePage> => {
      const next = pages.shift();
      if (next === undefined) throw new Error('asked too often');
      // The tail comes to 7 while the first page is on its way; this client is not live yet and is not told.
      tell(client, page(7, 7));
      return Promise.resolve(next);
    };
    await client.catchUp(read, () => 7);
    tell(client, page(12, 11));
    expect(written(client)).toEqual(['3', '5', '7', '11']);
  });

  it('is not told twice what it read itself', async () => {
    const client = clientAt(0);
    await client.catchUp(
      () => Promise.resolve(page(5, 4, 5)),
      () => 3,
    );
    tell(client, page(6, 4, 5, 6));
    expect(written(client)).toEqual(['4', '5', '6']);
  });

  it('is told nothing of other tenants', async () => {
    const client = clientAt(0);
    await client.catchUp(
      () => Promise.resolve(page(0)),
      () => 0,
    );
    tell(client, { changes: [change(1, 'b'), change(2)], upTo: 2 });
    expect(written(client)).toEqual(['2']);
  });

  it('remembers its place in a heartbeat, also over what was not for it', async () => {
    const client = clientAt(0);
    await client.catchUp(
      () => Promise.resolve(page(0)),
      () => 0,
    );
    tell(client, { changes: [change(1, 'b')], upTo: 1 });
    client.heartbeat();
    expect(String(client.body.read())).toBe('retry: 2000\nid: 0\n\n: heartbeat\nid: 1\n\n');
  });
});

describe('a client that does not read', () => {
  it('is cut off before it fills the memory', async () => {
    const client = clientAt(0);
    await client.catchUp(
      () => Promise.resolve(page(0)),
      () => 0,
    );
    const large = { ...change(1), doc: { text: 'x'.repeat(100_000) } };
    for (let position = 1; position <= 30; position++) {
      tell(client, { changes: [{ ...large, position }], upTo: position });
    }
    expect(client.isClosed).toBe(true);
  });
});
