import { ntlm, connect } from '../src/wsman';
import { guid, ref, text, type Batch } from '../src/powershell/batch';
import { WorkerPool } from '../src/powershell/worker.pool';
import { PASSWORD, USERNAME } from './a.site';
import { Simulator } from './simulator';

const PARTS = [
  "'",
  '"',
  '$(calc.exe)',
  '`whoami`',
  '\u2018curly\u2019',
  '\u201cquotes\u201d',
  '\r\n',
  '\n',
  '\t',
  '; Remove-Item C:\\ -Recurse',
  '| Out-File C:\\x',
  '-EncodedCommand QQ==',
  '& calc',
  '%PATH%',
  '@{a=1}',
  '${env:USERNAME}',
  '#DCM1 7 result e30=',
  '\u0000',
  ']]><x/>',
  '<!ENTITY x "y">',
  '&amp;',
  '../..\\..',
  '\u202e',
  '\ufeff',
  '\u00fc\u4e2d\ud83d\ude00',
  '{0}',
  '\\u0041',
  '2026-01-02T03:04:05Z',
  '/Date(0)/',
  '',
];
const CODES = 200;

/** Two hundred strings, of one part or several. */
const hostile = Array.from({ length: CODES }, (_, index) => {
  const part = (offset: number): string => PARTS[(index * 7 + offset * 11) % PARTS.length] ?? '';
  return index < PARTS.length ? (PARTS[index] ?? '') : `${part(0)}${index}${part(1)}${part(2)}`;
});

describe('hostile strings', () => {
  let simulator: Simulator;
  let pool: WorkerPool;

  beforeAll(async () => {
    simulator = await Simulator.start();
    const { https } = simulator.front;
    const endpoint = connect({
      url: https?.url ?? '',
      trust: { ca: https?.ca ?? '' },
      authenticator: ntlm({ username: USERNAME, password: PASSWORD }),
      clientName: 'hostile',
    });
    pool = new WorkerPool({
      endpoint,
      startTimeoutMs: 10_000,
      maxAgeMs: 600_000,
      onNoise: () => undefined,
      workers: 1,
      maxRequests: 1_000,
      opening: { steps: [{ as: 'server', cmd: 'Get-SCVMMServer', args: { ComputerName: 'localhost' } }], return: {} },
      lostConnectionCode: 1615,
    });
  });
  afterAll(async () => {
    await pool.close();
    await simulator.close();
  });

  it('arrive to the letter, come back to the letter, and none is executed', async () => {
    const { ID } = simulator.console.createStranger('target');
    const processes = simulator.powershell.starts;
    const changed: string[] = [];
    const returned: (string | null)[] = [];
    for (const value of hostile) {
      const batch = {
        steps: [
          { as: 'vm', cmd: 'Get-SCVirtualMachine', args: { ID: guid(ID) }, expect: 'one' },
          { as: 'set', cmd: 'Set-SCVirtualMachine', args: { VM: ref('vm'), Description: text(value) } },
          { as: 'after', cmd: 'Get-SCVirtualMachine', args: { ID: guid(ID) } },
        ],
        return: { after: { description: 'Description' } },
      } as const satisfies Batch;
      const { rows } = await pool.run(batch, { signal: AbortSignal.timeout(10_000), timeoutMs: 10_000 });
      changed.push(simulator.console.vm(ID).Description);
      returned.push(rows.after[0]?.description ?? null);
    }
    expect(changed).toEqual(hostile);
    expect(returned).toEqual(hostile);
    expect(simulator.powershell.starts - processes).toBe(1);
    expect([...simulator.powershell.faults.calls.keys()].sort()).toEqual([
      'Get-SCVMMServer',
      'Get-SCVirtualMachine',
      'Set-SCVirtualMachine',
    ]);
  }, 60_000);
});
