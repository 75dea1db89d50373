import { guid, hasChanged, mayChange, ref, requestLine, text, type Step } from './batch';

const decode = (line: Buffer): unknown => {
  const content = line.toString('latin1');
  expect(content).toMatch(/^[A-Za-z0-9+/=]+\n$/);
  return JSON.parse(Buffer.from(content, 'base64').toString('utf8'));
};

describe('a batch', () => {
  const look: Step = { as: 'vm', cmd: 'Get-SCVirtualMachine', args: { ID: guid('g') } };
  const start: Step = { as: 'power', cmd: 'Start-SCVirtualMachine', args: { VM: ref('vm') } };

  it('is one line of base64 that holds everything', () => {
    const line = requestLine('7', { lock: { name: 'l', waitMs: 5 }, steps: [look], return: { vm: { id: 'ID' } } });
    expect(decode(line)).toEqual({
      id: '7',
      mode: 'scvmm',
      lock: 'l',
      lockMs: 5,
      steps: [{ as: 'vm', cmd: 'Get-SCVirtualMachine', args: { ID: { $guid: 'g' } } }],
      return: { vm: { id: 'ID' } },
    });
  });

  it('holds no lock unless one is asked for', () => {
    expect(decode(requestLine('7', { steps: [], return: {} }))).toEqual({
      id: '7',
      mode: 'scvmm',
      steps: [],
      return: {},
    });
  });

  it('may change something when a step may, and has when that step ran', () => {
    expect(mayChange({ steps: [look] })).toBe(false);
    expect(mayChange({ steps: [look, start] })).toBe(true);
    expect(hasChanged({ steps: [look, start] }, ['vm'])).toBe(false);
    expect(hasChanged({ steps: [look, start] }, ['vm', 'power'])).toBe(true);
  });

  it.each(['New-SCVMConfiguration', 'Update-SCVMConfiguration', 'Read-SCVirtualMachine', 'Get-SCJob'] as const)(
    'changes nothing by %s',
    (cmd) => {
      expect(mayChange({ steps: [{ as: 'x', cmd }] })).toBe(false);
    },
  );

  it.each(['2026-01-02T03:04:05Z', ' 2026-01-02T', '/Date(0)/'])('keeps %j from being read as a date', (value) => {
    expect(text(value)).toEqual({ $text: Buffer.from(value).toString('base64') });
  });

  it('leaves other text as it is, and refuses half a character', () => {
    expect(text('O\u2019Brien "$(calc)" 😀')).toBe('O\u2019Brien "$(calc)" 😀');
    expect(() => text('a\ud800b')).toThrow(RangeError);
  });
});
