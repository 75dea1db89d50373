import { ProgressTeller, type Progress } from './progress';

describe('progress', () => {
  let sent: Progress[];
  let teller: ProgressTeller;

  beforeEach(() => {
    jest.useFakeTimers();
    sent = [];
    teller = new ProgressTeller((progress) => {
      sent.push(progress);
      return Promise.resolve();
    });
  });

  afterEach(() => {
    teller.close();
    jest.useRealTimers();
  });

  const percents = (): number[] => sent.map(({ percent }) => percent);

  it('tells nothing of an attempt that ends at once', async () => {
    teller.tell({ percent: 1, step: 'looking' });
    await jest.advanceTimersByTimeAsync(100);
    teller.tell({ percent: 2, step: 'creating', resume: 'task-7' });
    await jest.advanceTimersByTimeAsync(100);
    teller.close();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(sent).toEqual([]);
  });

  it('tells steps at most every second, and the latest wins', async () => {
    for (const step of ['looking', 'creating', 'starting']) {
      teller.tell({ percent: 1, step });
      await jest.advanceTimersByTimeAsync(500);
    }
    expect(sent.map(({ step }) => step)).toEqual(['creating']);
    await jest.advanceTimersByTimeAsync(500);
    expect(sent.map(({ step }) => step)).toEqual(['creating', 'starting']);
  });

  it('tells a step at once when nothing was told for a while', async () => {
    await jest.advanceTimersByTimeAsync(5_000);
    teller.tell({ percent: 1, step: 'creating' });
    await jest.advanceTimersByTimeAsync(0);
    expect(sent.map(({ step }) => step)).toEqual(['creating']);
  });

  it('tells the percent of a step at most every second, and the latest wins', async () => {
    for (let percent = 0; percent < 10; percent += 1) {
      teller.tell({ percent, step: 'copying' });
      await jest.advanceTimersByTimeAsync(250);
    }
    expect(percents()).toEqual([3, 7]);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(percents()).toEqual([3, 7, 9]);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(percents()).toEqual([3, 7, 9]);
  });

  it('tells a checkpoint within a second', async () => {
    teller.tell({ percent: 1, step: 'copying' });
    await jest.advanceTimersByTimeAsync(1_000);
    teller.tell({ percent: 1, step: 'copying', resume: 'task-7' });
    await jest.advanceTimersByTimeAsync(1_000);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual({ percent: 1, step: 'copying', resume: 'task-7' });
  });

  it.each([
    [-5, 0],
    [42.4, 42],
    [100, 99],
    [Number.NaN, 0],
  ])('cuts %p percent to %p', async (given, told) => {
    teller.tell({ percent: given, step: 'copying' });
    await jest.advanceTimersByTimeAsync(1_000);
    expect(percents()).toEqual([told]);
  });

  it('has one fact under way at a time', async () => {
    let answer: () => void = () => undefined;
    const slow = new ProgressTeller((progress) => {
      sent.push(progress);
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    slow.tell({ percent: 1, step: 'a' });
    await jest.advanceTimersByTimeAsync(1_000);
    slow.tell({ percent: 2, step: 'b' });
    slow.tell({ percent: 3, step: 'c' });
    await jest.advanceTimersByTimeAsync(1_000);
    expect(sent.map(({ step }) => step)).toEqual(['a']);
    answer();
    await jest.advanceTimersByTimeAsync(0);
    expect(sent.map(({ step }) => step)).toEqual(['a', 'c']);
    slow.close();
  });

  it('tells nothing after its end', async () => {
    teller.tell({ percent: 1, step: 'copying' });
    await jest.advanceTimersByTimeAsync(1_000);
    teller.tell({ percent: 2, step: 'copying' });
    teller.close();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(percents()).toEqual([1]);
  });
});
