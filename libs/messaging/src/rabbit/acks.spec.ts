import type { ConsumeMessage } from 'amqplib';
import { Acks } from './acks';

const message = (deliveryTag: number): ConsumeMessage => ({ fields: { deliveryTag } }) as ConsumeMessage;

describe('acks', () => {
  let sent: [number, boolean][];
  let acks: Acks;
  const all = [1, 2, 3, 4, 5, 6].map(message);
  const ack = (...tags: number[]): void => {
    for (const tag of tags) acks.ack(all[tag - 1]!);
  };
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  beforeEach(() => {
    sent = [];
    acks = new Acks(({ fields }, upTo) => sent.push([fields.deliveryTag, upTo]));
    for (const one of all) acks.delivered(one);
  });

  it('go out as one for all that were settled in the same turn, whatever their order', async () => {
    ack(3, 1, 2);
    expect(sent).toEqual([]);
    await turn();
    expect(sent).toEqual([[3, true]]);
  });

  it('never cover a delivery that is still open', async () => {
    ack(1, 2, 4, 6);
    await turn();
    expect(sent).toEqual([
      [2, true],
      [4, false],
      [6, false],
    ]);
    ack(3);
    await turn();
    expect(sent.slice(3)).toEqual([[3, false]]);
    ack(5);
    await turn();
    expect(sent.slice(4)).toEqual([[5, false]]);
  });

  it('may pass over what was given back: it is open no more', async () => {
    acks.givenBack(all[1]!);
    ack(1, 3);
    await turn();
    expect(sent).toEqual([[3, true]]);
  });

  it('go out at once when they are asked for, and only once', async () => {
    ack(1, 2);
    acks.flush();
    expect(sent).toEqual([[2, true]]);
    await turn();
    expect(sent).toHaveLength(1);
  });
});
