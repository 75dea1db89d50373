import { TcpFaultProxy } from '../../../sims/faults/faults';
import { Administrator as Console } from '../../../sims/winrm/administrator';
import { PowerShell } from '../../../sims/winrm/engine/powershell';
import { startFront, type Front } from '../../../sims/winrm/front/front';
import { Vmm } from '../../../sims/winrm/model/vmm';
import type { PowerShellOptions, VmmOptions } from '../../../sims/winrm/options';
import { HypervAdapter } from '../src/hyperv.adapter';
import { aSite, PASSWORD, USERNAME, type SiteChanges } from './a.site';

/** A simulated VMM server behind WinRM, with a proxy before it on which the network goes wrong. */
export class Simulator {
  readonly console: Console;

  private constructor(
    readonly vmm: Vmm,
    readonly powershell: PowerShell,
    readonly front: Front,
    readonly proxy: TcpFaultProxy,
  ) {
    this.console = new Console(vmm);
    // An answer is lost with the connections on which it was to come.
    powershell.faults.loseConnection = () => {
      proxy.cut('reset');
    };
  }

  static async start(options: VmmOptions & PowerShellOptions = {}): Promise<Simulator> {
    const vmm = new Vmm({ guests: { tools: 'absent' }, ...options });
    const powershell = new PowerShell(vmm, options);
    const front = await startFront({
      program: powershell,
      accounts: [{ name: USERNAME, password: PASSWORD }],
      httpPort: null,
      // Many workers with as many shells, all of one account.
      limits: { maxShellsPerUser: 200 },
    });
    return new Simulator(vmm, powershell, front, await TcpFaultProxy.listen({ target: front.https?.url ?? '' }));
  }

  /** An adapter, by way of the proxy and trusting the server's authority, unless told otherwise. */
  open(changes: SiteChanges = {}): HypervAdapter {
    const tls = { kind: 'ca', pem: this.front.https?.ca ?? '' } as const;
    return new HypervAdapter(aSite({ url: this.proxy.url, tls, ...changes }));
  }

  /** Ends every shell, as a server does that restarts its service. */
  endShells(): void {
    const { shells } = this.front.service;
    for (const shell of shells.all()) shells.remove(shell);
  }

  async close(): Promise<void> {
    await this.proxy.close();
    await this.front.close();
    this.powershell.killAll();
    this.vmm.stop();
  }
}
