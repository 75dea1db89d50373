import type { Broker, OutgoingMessage, PublishOutcome } from './broker';
import { publishAll } from './publish-all';

const aMessage = (id: string): OutgoingMessage => ({
  id,
  exchange: 'e',
  routingKey: 'k',
  type: 't',
  body: Buffer.from('{}'),
  contentType: '',
});

/** Only what publishAll asks of a broker: answers each round with the next row of outcomes. */
function brokerSaying(...rounds: PublishOutcome[][]): { broker: Broker; published: string[][] } {
  const published: string[][] = [];
  const publish = (messages: readonly OutgoingMessage[]): Promise<PublishOutcome[]> => {
    published.push(messages.map((message) => message.id));
    return Promise.resolve(rounds[published.length - 1] ?? messages.map(() => 'unconfirmed'));
  };
  return { broker: { publish } as unknown as Broker, published };
}

describe('publishAll', () => {
  it('publishes again, under the same ids, only what was not confirmed', async () => {
    const { broker, published } = brokerSaying(
      ['confirmed', 'nacked', 'returned'],
      ['unconfirmed', 'confirmed'],
      ['confirmed'],
    );
    await publishAll(broker, ['a', 'b', 'c'].map(aMessage));
    expect(published).toEqual([['a', 'b', 'c'], ['b', 'c'], ['b']]);
  });

  it('gives up at once on what the broker refuses', async () => {
    const { broker, published } = brokerSaying(['confirmed', 'refused']);
    await expect(publishAll(broker, ['a', 'b'].map(aMessage))).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(published).toHaveLength(1);
  });

  it('gives up when its time is over or its caller gave up', async () => {
    await expect(publishAll(brokerSaying().broker, [aMessage('a')], { timeoutMs: 30 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    const signal = AbortSignal.abort();
    await expect(publishAll(brokerSaying().broker, [aMessage('a')], { signal })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  it('asks nothing of the broker for no messages', async () => {
    const { broker, published } = brokerSaying();
    await publishAll(broker, []);
    expect(published).toEqual([]);
  });
});
