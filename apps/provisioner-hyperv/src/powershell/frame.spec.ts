import { LineCutter, readAnswer, readFrame } from './frame';
import { PowerShellError } from './powershell.errors';
import type { Batch } from './batch';

const frame = (payload: unknown): string => `#DCM1 7 result ${Buffer.from(JSON.stringify(payload)).toString('base64')}`;
const batch = {
  steps: [{ as: 'vm', cmd: 'Start-SCVirtualMachine' }],
  return: { vm: { id: 'ID', memory: 'Memory:i', ips: 'Nics.Ip:s[]', nics: { each: 'Nics', of: { mac: 'Mac' } } } },
} as const satisfies Batch;
const row = { id: 'a', memory: 1, ips: ['b'], nics: [{ mac: null }] };

describe('what a process writes', () => {
  it('is cut into lines wherever the pieces end', () => {
    const cutter = new LineCutter();
    const pieces = ['\r\nfir', 'st\r', '\nsecond\n\nthi'].map((piece) => cutter.cut(Buffer.from(piece)));
    expect(pieces).toEqual([[], [], ['first', 'second']]);
    expect(cutter.cut(Buffer.from('rd\n'))).toEqual(['third']);
  });

  it('is a frame, or noise', () => {
    expect(readFrame(frame({ a: 'ü' }))).toEqual({ id: '7', kind: 'result', payload: { a: 'ü' } });
    expect(readFrame('WARNING: something')).toBeUndefined();
    expect(readFrame(`x${frame({})}`)).toBeUndefined();
  });

  it('is given up when a frame is broken', () => {
    expect(() => readFrame('#DCM1 7 result QQ==')).toThrow(PowerShellError);
  });
});

describe('an answer', () => {
  it('holds the rows that were asked for', () => {
    const answer = readAnswer({ ok: true, steps: ['vm'], data: { vm: [row] }, ms: 3 }, batch);
    expect(answer).toEqual({ rows: { vm: [row] }, ran: ['vm'], tookMs: 3 });
  });

  it.each([
    ['no rows', undefined],
    ['no row', ['a']],
    ['a number for text', [{ ...row, id: 1 }]],
    ['text for a number', [{ ...row, memory: '1' }]],
    ['one text for many', [{ ...row, ips: 'b' }]],
    ['a missing field', [{ ...row, memory: undefined }]],
    ['a broken row inside', [{ ...row, nics: [{ mac: 1 }] }]],
  ])('is not believed with %s', (_, vm) => {
    expect(() => readAnswer({ ok: true, steps: [], data: { vm }, ms: 3 }, batch)).toThrow(PowerShellError);
  });

  it('tells a failure with its number, and whether something was changed before it', () => {
    const failed = {
      ok: false,
      step: 'next',
      steps: ['vm'],
      error: { message: 'm', fqid: '1,x', vmmCode: 1, dcm: null },
    };
    expect(() => readAnswer(failed, batch)).toThrow(
      expect.objectContaining({ code: 1, refusal: null, hasActed: true }) as Error,
    );
    expect(() => readAnswer({ ...failed, steps: [] }, batch)).toThrow(
      expect.objectContaining({ hasActed: false }) as Error,
    );
  });

  it('is not believed when it is neither', () => {
    expect(() => readAnswer({ ok: false }, batch)).toThrow(PowerShellError);
  });
});
