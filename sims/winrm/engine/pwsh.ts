import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { PassThrough } from 'node:stream';
import type { ProgramStart, RunningProgram } from '../front/program';
import { stubModule } from '../stub/module';

/** What a real PowerShell is started with. */
export interface PwshSettings {
  /** Path of `pwsh`, as `DCM_PWSH` names it. */
  readonly program: string;
  /** Folder that takes the stub module. */
  readonly folder: string;
  /** Where the stub's cmdlets are answered. */
  readonly url: string;
}

/** Writes the stub module where `PSModulePath` finds it. */
export function installStub(folder: string): void {
  const place = path.join(folder, 'VirtualMachineManager');
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(place, 'VirtualMachineManager.psm1'), stubModule());
}

/** Starts a real PowerShell with the same script and the same input, and the stub in the place of the vendor's module. */
export function startPwsh(
  script: string,
  { stdin }: Pick<ProgramStart, 'stdin'>,
  settings: PwshSettings,
): RunningProgram {
  const encoded = Buffer.from(script, 'utf16le').toString('base64');
  const args = [
    '-NoLogo',
    '-NoProfile',
    '-NonInteractive',
    '-InputFormat',
    'Text',
    '-OutputFormat',
    'Text',
    '-EncodedCommand',
    encoded,
  ];
  const env = { ...process.env, PSModulePath: settings.folder, DCM_SIM_URL: settings.url };
  const child = spawn(settings.program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  stdin.pipe(child.stdin);
  child.stdout.pipe(stdout);
  child.stderr.pipe(stderr);
  const exit = new Promise<number>((resolve) => {
    child.on('error', (error) => {
      stderr.end(error.message);
      stdout.end();
      resolve(1);
    });
    child.on('exit', (code) => {
      resolve(code ?? 1);
    });
  });
  return { stdout, stderr, exit, kill: () => void child.kill('SIGKILL') };
}
