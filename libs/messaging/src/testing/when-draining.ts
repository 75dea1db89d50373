import type { Scene } from './scene';
import { waitUntil } from './wait-until';

export function whenDraining(scene: () => Scene): void {
  it('waits for running handlers, starts no others, and leaves the rest to others', async () => {
    const [first, second] = [await scene().connect('first'), await scene().connect('second')];
    await scene().declareWork(first);
    const started: string[] = [];
    const ended: string[] = [];
    let finish: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const handle = async (message: { id: string }): Promise<void> => {
      started.push(message.id);
      await gate;
      ended.push(message.id);
    };
    const transport = await scene().transport(
      first,
      (each) => {
        each.addHandler('#', handle, true);
      },
      {
        queues: [
          { name: scene().name('work'), prefetch: 4, orderBy: (message) => (message.data as { key: string }).key },
        ],
      },
    );
    const keyed = (key: string) => scene().message('a', { body: Buffer.from(JSON.stringify({ key })) });
    const messages = [keyed('x'), keyed('y'), keyed('x'), keyed('x'), keyed('z')];
    const published = first.publish(messages);
    await waitUntil(() => started.length === 2, 'two running handlers');
    const closing = transport.close();
    const rest = await scene().drain(second, scene().name('work'));
    await waitUntil(() => rest.length === 3, 'the others to take what had not started');
    finish();
    await closing;
    expect(ended).toEqual([messages[0]!.id, messages[1]!.id]);
    expect(rest.map((message) => message.id).sort()).toEqual(
      messages
        .slice(2)
        .map((message) => message.id)
        .sort(),
    );
    await published;
  });

  it('gives back what does not end in time', async () => {
    const [first, second] = [await scene().connect('first'), await scene().connect('second')];
    await scene().declareWork(first);
    let isRunning = false;
    const handle = (): Promise<void> => {
      isRunning = true;
      return new Promise(() => undefined);
    };
    const transport = await scene().transport(
      first,
      (each) => {
        each.addHandler('#', handle, true);
      },
      { drainMs: 50 },
    );
    const published = first.publish([scene().message()]);
    await waitUntil(() => isRunning, 'the handler');
    await transport.close();
    const rest = await scene().drain(second, scene().name('work'));
    await waitUntil(() => rest.length === 1, 'the message again');
    expect(rest[0]?.redelivered).toBe(true);
    await published;
  });
}
