import { PowerShellError } from './powershell.errors';
import { Slots, type Use } from './slots';

const never = new AbortController().signal;

/** Asks for a place and says when it has it. */
function ask(slots: Slots, use: Use, signal = never): { has: () => boolean; back: () => Promise<void> } {
  let isIn = false;
  const place = slots.take(use, signal).then((release) => {
    isIn = true;
    return release;
  });
  place.catch(() => undefined);
  return {
    has: () => isIn,
    back: async () => {
      (await place)();
    },
  };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('places for requests', () => {
  it('leave one to reads, however many changes wait', async () => {
    const slots = new Slots(2);
    const changes = [ask(slots, 'change'), ask(slots, 'change')];
    const read = ask(slots, 'read');
    await settle();
    expect([changes.map(({ has }) => has()), read.has()]).toEqual([[true, false], true]);
    await changes[0]?.back();
    await settle();
    expect(changes[1]?.has()).toBe(true);
  });

  it('serve both uses when there is one only', async () => {
    const slots = new Slots(1);
    const change = ask(slots, 'change');
    const read = ask(slots, 'read');
    await settle();
    expect([change.has(), read.has()]).toEqual([true, false]);
    await change.back();
    await settle();
    expect(read.has()).toBe(true);
  });

  it('go to whoever came first, and are not given back twice', async () => {
    const slots = new Slots(1);
    const release = await slots.take('read', never);
    const [second, third] = [ask(slots, 'read'), ask(slots, 'read')];
    release();
    release();
    await settle();
    expect([second.has(), third.has()]).toEqual([true, false]);
  });

  it('are not kept for one who withdraws', async () => {
    const slots = new Slots(1);
    const release = await slots.take('read', never);
    const controller = new AbortController();
    const waiting = slots.take('read', controller.signal);
    const other = ask(slots, 'read');
    controller.abort();
    await expect(waiting).rejects.toBeInstanceOf(PowerShellError);
    release();
    await settle();
    expect(other.has()).toBe(true);
  });
});
