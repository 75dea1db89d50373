import { startWinrm, type Winrm } from '../../../sims/winrm/winrm';
import { hypervDemo, library } from '../../../tools/src/stack/demo/hyperv.demo';
import { SitesFolder } from '../../../tools/src/stack/demo/sites.folder';
import { lateMs, limits, lostAnswers, type Disturbance, type SiteGround, type Wire } from './site.ground';

const { name, platform } = hypervDemo;
const changes = ['create', 'power', 'resize', 'delete'] as const;

/** The way to SCVMM: what is said there is sealed, so the simulator itself does what goes wrong with single calls. */
class WinrmWire implements Wire {
  private lost = 0;
  private readonly undos = new Set<() => void>();

  constructor(private readonly control: Winrm['control']) {}

  get troubled(): number {
    return this.lost + this.control.troubled;
  }

  loseAnswers(): void {
    for (const change of changes) for (let n = 0; n < lostAnswers; n += 1) this.control.loseAnswer(change);
  }

  disturb(how: Disturbance): () => void {
    const undo = this.begin(how);
    this.undos.add(undo);
    return () => {
      this.undos.delete(undo);
      undo();
    };
  }

  loseConnections(): void {
    this.lost += this.control.loseConnections();
  }

  mend(): void {
    for (const undo of this.undos) undo();
    this.undos.clear();
    this.control.faults.loseNone();
  }

  private begin(how: Disturbance): () => void {
    if (how === 'hang') return this.control.hang();
    return how === 'slow' ? this.control.slow(lateMs) : this.control.answerUnavailable();
  }
}

/** Starts a simulated SCVMM server in this process. */
export async function startHyperv(password: string): Promise<SiteGround> {
  const winrm = await startWinrm({
    password,
    proxied: true,
    jobMs: { create: 400, start: 100, stop: 100, delete: 100 },
  });
  const { https: url, directHttps, username, ca } = winrm;
  const folder = new SitesFolder(platform);
  return {
    name,
    platform,
    templates: { 'debian-12': 'debian-12-template' },
    stackSite: { platform, url: directHttps, username, password, ca },
    sitesFile: folder.placeSite({
      name,
      url,
      credentials: { username, passwordFile: folder.place('password', password) },
      tls: folder.tls({ ca }),
      options: { library },
      limits,
    }),
    wire: new WinrmWire(winrm.control),
    loseRights: () => {
      const undo = winrm.control.administrator.hideVms();
      return Promise.resolve(() => {
        undo();
        return Promise.resolve();
      });
    },
    stop: () => winrm.stop(),
  };
}
