import { cloudEventSchema } from '@dcm/contracts';
import { JsonText, toMessage } from './event';

const draft = {
  exchange: 'e',
  routingKey: 'k',
  type: 'io.dcm.vm.changed.v1',
  source: '/dcm/approvals',
  data: { a: 1 },
};

describe('toMessage', () => {
  it('writes a CloudEvent that its own schema accepts', () => {
    const message = toMessage({ ...draft, subject: 's', traceparent: 'tp', extensions: { dcmrequester: 'r' } });
    const event: unknown = JSON.parse(message.body.toString());
    expect(cloudEventSchema.parse(event)).toMatchObject({ id: message.id, data: { a: 1 } });
    expect(event).toMatchObject({
      specversion: '1.0',
      type: draft.type,
      source: draft.source,
      subject: 's',
      traceparent: 'tp',
      dcmrequester: 'r',
    });
    expect(message).toMatchObject({
      exchange: 'e',
      routingKey: 'k',
      type: draft.type,
      contentType: 'application/cloudevents+json',
    });
  });

  it('takes data that is JSON text as it is', () => {
    const text = '{"b":1,"a":[{"x":"é"}]}';
    const { body } = toMessage({ ...draft, id: 'mine', data: new JsonText(text) });
    expect(JSON.parse(body.toString())).toEqual({
      ...(JSON.parse(toMessage({ ...draft, id: 'mine', data: JSON.parse(text) as unknown }).body.toString()) as object),
      time: expect.any(String) as string,
    });
    expect(body.toString()).toContain(`"data":${text}}`);
  });

  it('takes the id it is given, else makes ones that grow with time', () => {
    expect(toMessage({ ...draft, id: 'mine' }).id).toBe('mine');
    const ids = Array.from({ length: 100 }, () => toMessage(draft).id);
    expect([...ids].sort()).toEqual(ids);
    expect(ids[0]?.[14]).toBe('7');
  });

  it('lets no extension overwrite what an event is', () => {
    const event: unknown = JSON.parse(
      toMessage({ ...draft, extensions: { type: 'forged', id: 'forged' } }).body.toString(),
    );
    expect(event).toMatchObject({ type: draft.type });
    expect(event).not.toMatchObject({ id: 'forged' });
  });
});
