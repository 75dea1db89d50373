import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { selfSigned } from '../faults/certificate';
import { TcpFaultProxy } from '../faults/faults';
import { Control } from './control';
import { PowerShell } from './engine/powershell';
import { installStub } from './engine/pwsh';
import { startFront, type Front, type FrontDoor } from './front/front';
import { Vmm } from './model/vmm';
import type { WinrmOptions } from './options';
import { CmdletEndpoint } from './stub/endpoint';

export type { TemplateSeed, WinrmOptions } from './options';
export { Administrator } from './administrator';
export { Control } from './control';

/** A simulated site that runs in this process. */
export interface Winrm {
  /** WS-Man address on plain HTTP, where messages are sealed, e.g. `http://127.0.0.1:41001/wsman`. */
  readonly http: string;
  /** WS-Man address on HTTPS. */
  readonly https: string;
  /** The address on HTTPS past the proxies, where nothing happens to connections. */
  readonly directHttps: string;
  /** PEM of the certificate that HTTPS shows. */
  readonly ca: string;
  /** SHA-256 fingerprint of that certificate, 64 hex digits. */
  readonly pin: string;
  /** A domain account with a role on the management server, `CONTOSO\svc-dcm`. */
  readonly username: string;
  readonly password: string;
  /** What goes on behind the network: faults, guests, counts, an administrator. */
  readonly control: Control;
  stop(): Promise<void>;
}

/** Starts a management server with its PowerShell and its WinRM service; it listens when this resolves. */
export async function startWinrm(options: WinrmOptions = {}): Promise<Winrm> {
  const password = options.password ?? randomBytes(12).toString('hex');
  const vmm = new Vmm(options);
  const powershell = new PowerShell(vmm, options);
  const real = await realPowerShell(powershell);
  const front = await openFront(powershell, password, options);
  const [plain, secure] = [required(front.http), required(front.https)];
  const proxies =
    options.proxied === true
      ? await Promise.all([plain, secure].map(({ url }) => TcpFaultProxy.listen({ target: url })))
      : [];
  const [http = plain.url, https = secure.url] = proxies.map(({ url }) => url);
  return {
    http,
    https,
    directHttps: secure.url,
    ca: secure.ca,
    pin: secure.sha256,
    username: vmm.account,
    password,
    control: new Control({ vmm, powershell, front, proxies }),
    stop: async () => {
      await Promise.all(proxies.map((proxy) => proxy.close()));
      await front.close();
      powershell.killAll();
      await real?.close();
      vmm.stop();
    },
  };
}

/** `DCM_PWSH` names a PowerShell 7: then it runs the scripts, with a stub module whose cmdlets are answered by the model. */
async function realPowerShell(powershell: PowerShell): Promise<CmdletEndpoint | undefined> {
  const program = process.env['DCM_PWSH'];
  if (program === undefined || program === '') return undefined;
  const endpoint = await CmdletEndpoint.listen(powershell.vmm);
  const folder = mkdtempSync(path.join(tmpdir(), 'dcm-winrm-stub-'));
  installStub(folder);
  powershell.pwsh = { program, folder, url: endpoint.url };
  return endpoint;
}

function openFront(program: PowerShell, password: string, options: WinrmOptions): Promise<Front> {
  const { account } = program.vmm;
  const user = account.slice(account.indexOf('\\') + 1);
  return startFront({
    program,
    accounts: [{ name: account, password, upn: `${user}@contoso.test` }],
    httpPort: options.httpPort ?? 0,
    httpsPort: options.httpsPort ?? 0,
    cbtHardening: options.cbtHardening ?? 'Strict',
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.san === undefined ? {} : { tls: selfSigned(['127.0.0.1', options.san]) }),
  });
}

function required<T extends FrontDoor>(door: T | undefined): T {
  if (door === undefined) throw new Error('The WinRM service was started without one of its doors');
  return door;
}
