import { EventEmitter } from 'node:events';
import { Ending } from './ending';

class Source extends EventEmitter {
  readonly codes: number[] = [];
  exit(code: number): void {
    this.codes.push(code);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the end of a process', () => {
  const ended: string[] = [];
  const ends = (name: string) => (): Promise<void> => {
    ended.push(name);
    return Promise.resolve();
  };
  beforeEach(() => {
    ended.length = 0;
  });

  it('ends what was started last first, once, and exits as one that was ended by the signal', async () => {
    const source = new Source();
    const ending = new Ending(source);
    ending.before(ends('database'));
    ending.before(ends('product'));
    source.emit('SIGTERM');
    source.emit('SIGINT');
    await turn();
    expect(ended).toEqual(['product', 'database']);
    expect(source.codes).toEqual([143]);
  });

  it('leaves alone what was taken back', async () => {
    const source = new Source();
    const ending = new Ending(source);
    const back = ending.before(ends('database'));
    ending.before(ends('product'));
    back();
    source.emit('SIGINT');
    await turn();
    expect(ended).toEqual(['product']);
    expect(source.codes).toEqual([130]);
  });

  it('goes on when one of them cannot be ended', async () => {
    const complaint = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const source = new Source();
    const ending = new Ending(source);
    ending.before(ends('database'));
    ending.before(() => Promise.reject(new Error('no way')));
    source.emit('SIGTERM');
    await turn();
    expect(ended).toEqual(['database']);
    expect(source.codes).toEqual([143]);
    complaint.mockRestore();
  });

  it('outlives work that fails because its ground is gone', async () => {
    const source = new Source();
    new Ending(source).before(ends('database'));
    source.emit('SIGTERM');
    await turn();
    expect(source.listenerCount('unhandledRejection')).toBe(1);
  });
});
