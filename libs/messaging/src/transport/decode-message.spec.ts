import type { InboundMessage } from '../broker';
import { decodeMessage, type DecodeRules } from './decode-message';
import { codeThrownBy } from '../testing/code-thrown-by';

const rules: DecodeRules = { queue: 'q', isCall: false, maxBodyBytes: 1_000 };

const anInbound = (overrides: Partial<InboundMessage> = {}): InboundMessage => ({
  id: 'm1',
  exchange: 'e',
  routingKey: 'k',
  type: 't',
  contentType: undefined,
  body: Buffer.from('{"a":1}'),
  headers: {},
  userId: 'erp',
  appId: undefined,
  sentAt: '2026-01-02T03:04:05.000Z',
  replyTo: undefined,
  correlationId: undefined,
  redelivered: false,
  ...overrides,
});

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const event = { specversion: '1.0', id: 'e1', source: '/s', type: 'x.v1', data: { a: 1 } };

describe('decodeMessage', () => {
  it.each([undefined, 'application/json', 'Application/JSON; charset=utf-8', 'application/vnd.acme+json'])(
    'reads plain JSON as %s',
    (contentType) => {
      expect(decodeMessage(anInbound({ contentType }), rules)).toMatchObject({
        id: 'm1',
        data: { a: 1 },
        type: 't',
        queue: 'q',
      });
    },
  );

  it('takes the publisher as source and its clock as time', () => {
    expect(decodeMessage(anInbound(), rules)).toMatchObject({
      source: 'erp',
      time: '2026-01-02T03:04:05.000Z',
      userId: 'erp',
    });
  });

  it.each(['application/cloudevents+json', 'application/json', undefined])(
    'reads a CloudEvent as %s, whose own id and type count',
    (contentType) => {
      const message = anInbound({ contentType, body: json({ ...event, dcmrequester: 'r', extra: 7 }) });
      expect(decodeMessage(message, rules)).toMatchObject({
        id: 'e1',
        type: 'x.v1',
        source: '/s',
        extensions: { dcmrequester: 'r', extra: 7 },
      });
    },
  );

  it.each([
    ['no id', { ...event, id: undefined }],
    ['an empty type', { ...event, type: '' }],
    ['another version', { ...event, specversion: '0.3' }],
    ['a broken time', { ...event, time: 'yesterday' }],
  ])('refuses a CloudEvent with %s', (_what, broken) => {
    expect(codeThrownBy(() => decodeMessage(anInbound({ body: json(broken) }), rules))).toBe('INVALID_REQUEST');
  });

  it.each([{ data_base64: 'AAAA' }, { datacontenttype: 'text/plain' }])(
    'refuses a CloudEvent whose data is not JSON: %p',
    (part) => {
      const message = anInbound({ body: json({ ...event, ...part }) });
      expect(codeThrownBy(() => decodeMessage(message, rules))).toBe('UNSUPPORTED_MEDIA_TYPE');
    },
  );

  it('reads the envelope of a Nest client, but not any object that happens to hold data', () => {
    expect(
      decodeMessage(
        anInbound({ type: undefined, body: json({ pattern: 'vm.create', data: { b: 2 }, id: 'n1' }) }),
        rules,
      ),
    ).toMatchObject({
      id: 'm1',
      type: 'vm.create',
      data: { b: 2 },
    });
    const other = { pattern: 'x', data: 1, more: 2 };
    expect(decodeMessage(anInbound({ body: json(other) }), rules).data).toEqual(other);
  });

  it('needs an id for an event, and finds one for a call', () => {
    expect(codeThrownBy(() => decodeMessage(anInbound({ id: undefined }), rules))).toBe('INVALID_REQUEST');
    const call = { ...rules, isCall: true };
    expect(decodeMessage(anInbound({ id: undefined, correlationId: 'c1' }), call).id).toBe('c1');
    expect(decodeMessage(anInbound({ id: undefined }), call).id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['too many bytes', { body: Buffer.alloc(1_001, ' ') }, 'PAYLOAD_TOO_LARGE'],
    ['no bytes', { body: Buffer.alloc(0) }, 'INVALID_REQUEST'],
    ['half an object', { body: Buffer.from('{"a":') }, 'INVALID_REQUEST'],
    ['broken UTF-8', { body: Buffer.from([0x22, 0xc3, 0x28, 0x22]) }, 'INVALID_REQUEST'],
    ['XML', { contentType: 'application/xml' }, 'UNSUPPORTED_MEDIA_TYPE'],
    ['text', { contentType: 'text/plain' }, 'UNSUPPORTED_MEDIA_TYPE'],
  ])('refuses %s', (_what, overrides, code) => {
    expect(codeThrownBy(() => decodeMessage(anInbound(overrides), rules))).toBe(code);
  });

  it('takes a trace context only in its form', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(decodeMessage(anInbound({ headers: { traceparent } }), rules).traceparent).toBe(traceparent);
    expect(decodeMessage(anInbound({ headers: { traceparent: 'x\n' } }), rules).traceparent).toBeUndefined();
    expect(decodeMessage(anInbound({ headers: { traceparent: { a: 1 } } }), rules).traceparent).toBeUndefined();
    expect(decodeMessage(anInbound({ body: json({ ...event, traceparent }) }), rules).traceparent).toBe(traceparent);
  });
});
