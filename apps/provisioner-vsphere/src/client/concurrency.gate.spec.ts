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
});
