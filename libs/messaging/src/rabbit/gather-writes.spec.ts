import { Duplex } from 'node:stream';
import { gatherWrites } from './gather-writes';

interface Sink {
  readonly stream: Duplex;
  /** The texts that went out together. */
  readonly sent: string[][];
}

function sink(): Sink {
  const sent: string[][] = [];
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      sent.push([chunk.toString()]);
      done();
    },
    writev: (chunks, done) => {
      sent.push(chunks.map(({ chunk }) => String(chunk)));
      done();
    },
  });
  gatherWrites(stream);
  return { stream, sent };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('gatherWrites', () => {
  it('sends what is written in one turn together, in its order', async () => {
    const { stream, sent } = sink();
    for (const text of ['a', 'b', 'c']) stream.write(text);
    expect(sent).toEqual([]);
    await turn();
    expect(sent).toEqual([['a', 'b', 'c']]);
  });

  it('does not keep what is written alone, or in a later turn', async () => {
    const { stream, sent } = sink();
    stream.write('a');
    await turn();
    stream.write('b');
    await turn();
    expect(sent).toEqual([['a'], ['b']]);
  });

  it('says when the stream has enough, and that it wants more once that is sent', async () => {
    const { stream, sent } = sink();
    const drained = jest.fn();
    stream.on('drain', drained);
    expect(stream.write('x'.repeat(stream.writableHighWaterMark))).toBe(false);
    await turn();
    expect(drained).toHaveBeenCalledTimes(1);
    expect(sent).toHaveLength(1);
  });

  it('sends what was written before the end', async () => {
    const { stream, sent } = sink();
    stream.write('a');
    stream.write('b');
    stream.end();
    await turn();
    expect(sent).toEqual([['a', 'b']]);
  });
});
