import { z } from 'zod';
import { PveTransportError } from './pve.errors';
import { parseAnswer, pveFlag, pveNumber, pveText } from './pve.schema';

describe('what PVE writes', () => {
  it.each([
    [512, 512],
    ['512', 512],
    ['0.27', 0.27],
    [' 7 ', 7],
  ])('as a number: %j', (written, meant) => {
    expect(pveNumber.parse(written)).toBe(meant);
  });

  it.each(['', 'abc', null, undefined, 'NaN'])('is no number: %j', (written) => {
    expect(pveNumber.safeParse(written).success).toBe(false);
  });

  it.each([
    [1, true],
    ['1', true],
    [true, true],
    [0, false],
    ['0', false],
    [false, false],
    [undefined, false],
  ])('as a truth value: %j', (written, meant) => {
    expect(pveFlag.parse(written)).toBe(meant);
  });

  it('as a text, also when that looks like a number', () => {
    expect(pveText.parse(100)).toBe('100');
  });

  it('may have more keys than are known, but must be what was asked for', () => {
    const schema = z.object({ nodes: z.array(z.object({ maxmem: pveNumber })) });
    expect(parseAnswer(schema, { nodes: [{ maxmem: '5', new: 1 }] }, 'GET /x')).toEqual({ nodes: [{ maxmem: 5 }] });
    expect(() => parseAnswer(schema, { nodes: [{ maxmem: 'x' }] }, 'GET /x')).toThrow(/GET \/x.*nodes\.0\.maxmem/);
    expect(() => parseAnswer(schema, undefined, 'GET /x')).toThrow(PveTransportError);
  });
});
