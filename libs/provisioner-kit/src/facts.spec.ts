import { factMessages, siteNameSchema } from '@dcm/contracts';
import type { Broker, OutgoingMessage, PublishOutcome } from '@dcm/messaging';
import { createLog } from '@dcm/runtime';
import { Facts, type FactDraft } from './facts';
import type { Site } from './site';
import { referencePlatform } from './testing/reference/reference-plan';

const site = { platform: referencePlatform, config: { name: siteNameSchema.parse('lab') } } as Site;

const fact: FactDraft<'io.dcm.fact.observed.v1'> = {
  id: 'request-1/observed',
  type: 'io.dcm.fact.observed.v1',
  body: {
    requestId: 'request-1',
    instanceId: '0198f3c2-0000-7000-8000-000000000003' as FactDraft<'io.dcm.fact.observed.v1'>['body']['instanceId'],
    statuses: [],
    error: null,
  },
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

describe('facts', () => {
  let published: OutgoingMessage[];
  let outcome: PublishOutcome;
  let facts: Facts;

  beforeEach(() => {
    jest.useFakeTimers();
    published = [];
    outcome = 'confirmed';
    const broker = {
      publish: (messages: readonly OutgoingMessage[]) => {
        published.push(...messages);
        return Promise.resolve(messages.map(() => outcome));
      },
    } as unknown as Broker;
    facts = new Facts(broker, 'worker-1', createLog('test', 'silent'));
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('say who tells them of which site, in the same trace', async () => {
    await facts.tell(site, fact);
    const [message] = published;
    const event = JSON.parse(message!.body.toString()) as { data: unknown; traceparent: string };
    expect(message).toMatchObject({
      id: 'request-1/observed',
      exchange: 'dcm.facts',
      routingKey: 'reference.lab.observed',
      mandatory: true,
    });
    expect(factMessages[fact.type].parse(event.data)).toMatchObject({ ...fact.body, site: 'lab', worker: 'worker-1' });
    expect(event.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-/);
  });

  it('are told until the broker has them, however long it is away', async () => {
    outcome = 'unconfirmed';
    let isTold = false;
    const telling = facts.tell(site, fact).then(() => {
      isTold = true;
    });
    await jest.advanceTimersByTimeAsync(120_000);
    expect(isTold).toBe(false);
    outcome = 'confirmed';
    await jest.advanceTimersByTimeAsync(2_000);
    await telling;
    expect(new Set(published.map(({ id }) => id))).toEqual(new Set([fact.id]));
  });

  it('are waited for no longer once the process closes', async () => {
    outcome = 'unconfirmed';
    const telling = expect(facts.tell(site, fact)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await jest.advanceTimersByTimeAsync(1_000);
    facts.close();
    await jest.advanceTimersByTimeAsync(2_000);
    await telling;
  });

  it('are given up when the broker refuses them for good', async () => {
    outcome = 'refused';
    await expect(facts.tell(site, fact)).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('that may get lost are told once', async () => {
    outcome = 'unconfirmed';
    await facts.mention(site, fact);
    expect(published).toHaveLength(1);
  });
});
