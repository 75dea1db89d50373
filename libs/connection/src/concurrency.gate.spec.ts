import { ConcurrencyGate } from './concurrency.gate';

const NEVER = new AbortController().signal;

describe('the concurrency gate', () => {
  it('lets in as many as there are places, and the rest in order of arrival', async () => {
    const gate = new ConcurrencyGate(2);
    const entered: number[] = [];
    const visits = [0, 1, 2, 3].map(async (visitor) => {
      const leave = await gate.enter(NEVER);
      entered.push(visitor);
      return leave;
    });
    const leaveFirst = await visits[0]!;
    await visits[1]!;
    expect(entered).toEqual([0, 1]);
    leaveFirst();
    const leaveThird = await visits[2]!;
    expect(entered).toEqual([0, 1, 2]);
    leaveThird();
    await visits[3]!;
    expect(entered).toEqual([0, 1, 2, 3]);
  });

  it('gives the place of one who left the queue to the next', async () => {
    const gate = new ConcurrencyGate(1);
    const leave = await gate.enter(NEVER);
    const impatient = new AbortController();
    const second = gate.enter(impatient.signal);
    const third = gate.enter(NEVER);
    impatient.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    leave();
    (await third)();
    await expect(gate.enter(NEVER)).resolves.toBeInstanceOf(Function);
  });

  it('does not let in who has already given up', async () => {
    const gate = new ConcurrencyGate(1);
    await expect(gate.enter(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    await expect(gate.enter(NEVER)).resolves.toBeInstanceOf(Function);
  });

  it('lets nobody who needs little overtake one who needs much', async () => {
    const gate = new ConcurrencyGate(4);
    const leave = await gate.enter(NEVER, 2);
    const entered: string[] = [];
    const enter = (name: string, places: number, signal = NEVER): Promise<() => void> =>
      gate.enter(signal, places).then((leaves) => {
        entered.push(name);
        return leaves;
      });
    const big = enter('big', 4);
    const small = enter('small', 1);
    expect(gate.isFull()).toBe(true);
    leave();
    (await big)();
    (await small)();
    expect(entered).toEqual(['big', 'small']);
    expect(gate.isFull(4)).toBe(false);
    const all = await gate.enter(NEVER, 9);
    expect(gate.isFull()).toBe(true);
    all();
  });

  it('lets the next in when one who needs more gives up', async () => {
    const gate = new ConcurrencyGate(4);
    await gate.enter(NEVER, 2);
    const impatient = new AbortController();
    const big = gate.enter(impatient.signal, 4);
    const small = gate.enter(NEVER, 1);
    impatient.abort(new Error('gone'));
    await expect(big).rejects.toThrow('gone');
    await expect(small).resolves.toBeInstanceOf(Function);
  });
});
