import { exchanges } from '@dcm/contracts';
import type { InboundMessage, OutgoingMessage } from './broker';
import { readDeadLetter, toDeadLetter } from './dead-letter';

const anInbound = (overrides: Partial<InboundMessage> = {}): InboundMessage => ({
  id: 'm1',
  exchange: 'dcm.requests',
  routingKey: 'vm.create',
  type: 'io.dcm.vm.create.v1',
  contentType: 'application/json',
  body: Buffer.from('{'),
  headers: {},
  userId: 'erp',
  appId: undefined,
  sentAt: undefined,
  replyTo: undefined,
  correlationId: undefined,
  redelivered: false,
  ...overrides,
});

/** As the broker delivers what we filed. */
const delivered = ({ headers = {}, ...message }: OutgoingMessage): InboundMessage =>
  anInbound({ ...message, headers, userId: 'approvals', type: message.type === '' ? undefined : message.type });

const error = { code: 'INVALID_REQUEST' as const, message: 'no JSON' };

describe('dead letters', () => {
  it('tell what died, where, why and whose it was', () => {
    const letter = toDeadLetter(anInbound(), 'approvals.requests', error);
    expect(letter).toMatchObject({
      exchange: exchanges.dead,
      routingKey: 'approvals.requests',
      id: 'm1',
      mandatory: true,
    });
    expect(readDeadLetter(delivered(letter))).toEqual({
      reason: 'INVALID_REQUEST',
      error,
      publisher: 'erp',
      exchange: 'dcm.requests',
      routingKey: 'vm.create',
      queue: 'approvals.requests',
      type: 'io.dcm.vm.create.v1',
      messageId: 'm1',
      contentType: 'application/json',
      body: Buffer.from('{'),
    });
  });

  it('tell that nobody knows the publisher or the id', () => {
    const letter = toDeadLetter(anInbound({ id: undefined, userId: undefined, type: undefined }), 'q', error);
    expect(letter.id).not.toBe('');
    expect(readDeadLetter(delivered(letter))).toMatchObject({ publisher: null, messageId: null, type: null });
  });

  it('keep none of the headers of the sender, which could route or sign for somebody else', () => {
    const headers = { CC: ['approvals.admin'], 'x-dcm-publisher': 'gateway', 'x-death': [] };
    const letter = toDeadLetter(anInbound({ headers, userId: undefined }), 'q', error);
    expect(Object.keys(letter.headers ?? {}).every((name) => name.startsWith('x-dcm-'))).toBe(true);
    expect(readDeadLetter(delivered(letter)).publisher).toBeNull();
  });

  it('do not believe our headers on what the broker gave up on or could not route', () => {
    const forged = { 'x-dcm-publisher': 'gateway', 'x-dcm-reason': 'INTERNAL' };
    const death = { reason: 'delivery_limit', queue: 'q', exchange: 'dcm.requests', 'routing-keys': ['vm.create'] };
    const givenUp = anInbound({
      exchange: exchanges.dead,
      routingKey: 'q',
      headers: { ...forged, 'x-death': [death] },
    });
    expect(readDeadLetter(givenUp)).toMatchObject({
      reason: 'DELIVERY_LIMIT',
      publisher: 'erp',
      queue: 'q',
      routingKey: 'vm.create',
    });
    expect(readDeadLetter(anInbound({ headers: forged }))).toMatchObject({
      reason: 'UNROUTABLE',
      publisher: 'erp',
      queue: null,
    });
  });

  it.each([{ 'x-death': [] }, { 'x-death': [{}] }, { 'x-death': [{ reason: 7, 'routing-keys': 'x' }] }])(
    'read a strange x-death: %p',
    (headers) => {
      expect(readDeadLetter(anInbound({ exchange: exchanges.dead, headers }))).toMatchObject({
        reason: 'REJECTED',
        queue: null,
      });
    },
  );

  it('read an error that is none as none', () => {
    expect(
      readDeadLetter(anInbound({ exchange: exchanges.dead, headers: { 'x-dcm-error': '{"code":"NO_SUCH"}' } })).error,
    ).toBeNull();
  });
});
