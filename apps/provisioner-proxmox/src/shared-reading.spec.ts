import { SharedReading } from './shared-reading';

const never = new AbortController().signal;

describe('a shared reading', () => {
  const gates: (() => void)[] = [];
  let reads = 0;
  const read = async (): Promise<number> => {
    const mine = (reads += 1);
    await new Promise<void>((resolve) => {
      gates.push(resolve);
    });
    return mine;
  };
  const open = (): void => {
    for (const resolve of gates.splice(0)) resolve();
  };
  beforeEach(() => {
    reads = 0;
  });

  it('gives those who come while one is under way the next, and reads that once', async () => {
    const shared = new SharedReading(read);
    const first = shared.get(never);
    const later = [shared.get(never), shared.get(never)];
    open();
    expect(await first).toBe(1);
    await Promise.resolve();
    open();
    expect(await Promise.all(later)).toEqual([2, 2]);
    const fresh = shared.get(never);
    open();
    expect(await fresh).toBe(3);
  });

  it('goes on for the others when one withdraws', async () => {
    const shared = new SharedReading(read);
    const controller = new AbortController();
    const withdrawn = shared.get(controller.signal);
    controller.abort(new Error('withdrawn'));
    await expect(withdrawn).rejects.toThrow('withdrawn');
    const other = shared.get(never);
    open();
    await Promise.resolve();
    await Promise.resolve();
    open();
    expect(await other).toBe(2);
  });

  it('fails for those who share it, and is read anew afterwards', async () => {
    let fails = true;
    const shared = new SharedReading(() => (fails ? Promise.reject(new Error('no')) : Promise.resolve(7)));
    await expect(shared.get(never)).rejects.toThrow('no');
    fails = false;
    expect(await shared.get(never)).toBe(7);
  });
});
