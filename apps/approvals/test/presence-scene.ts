import type { Fact, OperationId, Site, Vm, VmRow } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { vmIdOf } from '@dcm/runtime';
import type { statusOf } from './provisioner.builder';
import type { Home, OperationsStand } from './operations-stand';

type Chunk = Fact<'io.dcm.fact.discovery.v1'>;

const anAddress = (): Vm['addresses'][number] => ({
  address: '10.0.0.9',
  mac: null,
  network: null,
  source: 'guest-tools',
  primary: true,
  seenAt: new Date().toISOString(),
});

function some<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('there is none');
  return value;
}

/** A site whose scans are played page by page. */
export class PresenceScene {
  private last: string | undefined;

  private constructor(
    readonly stand: OperationsStand,
    readonly home: Home,
    readonly vms: readonly OperationId[],
  ) {}

  /** Makes a site with so many VMs that run. */
  static async open(stand: OperationsStand, count: number): Promise<PresenceScene> {
    const home = await stand.home({ maxConcurrent: 20 });
    const { provisioner } = home;
    // VMs that have an address are not read again after their start.
    provisioner.act = async (command, type) => {
      if (type.includes('provision')) provisioner.make(command, { addresses: [anAddress()] });
      await provisioner.workAsAsked(command, type);
    };
    const vms = await Promise.all(Array.from({ length: count }, () => stand.create(home)));
    const scene = new PresenceScene(stand, home, vms);
    for (const id of vms) await stand.until(id, 'succeeded');
    // The one that began when the site announced itself may be as old as the VMs.
    await scene.scan();
    return scene;
  }

  /** What a scan shows now: everything that stands on the hypervisor. */
  rows(): VmRow[] {
    const row = ({ nativeId, name, ownership, power }: VmRow): VmRow => ({ nativeId, name, ownership, power });
    return [...this.home.provisioner.vms.values()].map(row);
  }

  /** Asks for a scan, or joins the one that is under way. @returns its id. */
  async ask(): Promise<string> {
    await this.stand.call('admin.site.scan', { name: this.home.site });
    return this.next();
  }

  /** The first scan that was asked for and is neither complete nor given up. */
  async next(): Promise<string> {
    const asked = (): { scanId: string }[] =>
      this.home.provisioner.received.flatMap(({ type, data }) =>
        type === 'io.dcm.command.discover.v1' ? [data as unknown as { scanId: string }] : [],
      );
    let scanId: string | undefined;
    await waitUntil(async () => {
      const ids = asked().map((one) => one.scanId);
      const sql = 'SELECT id FROM approvals.scan WHERE id = ANY($1) AND completed_at IS NULL AND error IS NULL';
      scanId = (await this.stand.rows<{ id: string }>(sql, [ids])).find(({ id }) => id !== this.last)?.id;
      return scanId !== undefined;
    }, 'a scan to be asked for');
    this.last = some(scanId);
    return this.last;
  }

  page(scanId: string, page: number, fields: Partial<Chunk> = {}): Promise<void> {
    const chunk = { requestId: scanId, scanId, page, rows: [], complete: false, error: null, ...fields };
    return this.home.provisioner.tell('io.dcm.fact.discovery.v1', chunk);
  }

  /** One scan from beginning to end. @returns what the site then says of it. */
  async scan(rows = this.rows()): Promise<NonNullable<Site['scan']>> {
    const scanId = await this.ask();
    await this.page(scanId, 0, { rows, complete: true });
    return this.completed(scanId);
  }

  async completed(scanId: string): Promise<NonNullable<Site['scan']>> {
    const isThere = async (): Promise<boolean> =>
      (await this.stand.rows('SELECT 1 FROM approvals.scan WHERE id = $1 AND completed_at IS NOT NULL', [scanId]))
        .length === 1;
    await waitUntil(isThere, 'the scan to be complete');
    const [site] = await this.stand.rows<{ scan: Site['scan'] }>('SELECT scan FROM approvals.site WHERE name = $1', [
      this.home.site,
    ]);
    return some(site?.scan);
  }

  /** Takes a VM away from the hypervisor, by hand. */
  remove(id: OperationId): void {
    this.home.provisioner.vms.delete(vmIdOf(id));
  }

  /** Changes a VM on the hypervisor, by hand. */
  change(id: OperationId, fields: Partial<ReturnType<typeof statusOf>>): void {
    const { vms } = this.home.provisioner;
    vms.set(vmIdOf(id), { ...some(vms.get(vmIdOf(id))), ...fields });
  }

  /** Until everything that scans found was decided about, and every question that was asked is answered. */
  async quiet(timeoutMs?: number): Promise<void> {
    const busy = `SELECT (SELECT count(*) FROM approvals.finding)
      + (SELECT count(*) FROM approvals.vm WHERE site = $1 AND looks ->> 'presence' IS NOT NULL) AS n`;
    const isQuiet = async (): Promise<boolean> =>
      Number((await this.stand.rows<{ n: string }>(busy, [this.home.site]))[0]?.n) === 0;
    await waitUntil(isQuiet, 'everything to be decided', timeoutMs);
  }

  async vm(id: OperationId): Promise<Vm> {
    return some(await this.stand.vm(id));
  }

  async presence(): Promise<Vm['presence'][]> {
    return Promise.all(this.vms.map(async (id) => (await this.vm(id)).presence));
  }

  /** How often VMs were told. */
  async told(): Promise<number> {
    const sql = `SELECT count(*)::int AS n FROM approvals.journal WHERE noun = 'vm' AND doc ->> 'site' = $1`;
    return some((await this.stand.rows<{ n: number }>(sql, [this.home.site]))[0]).n;
  }

  /** Until the condition `InSync` has this reason. */
  async untilInSync(id: OperationId, reason: string): Promise<void> {
    const isSo = async (): Promise<boolean> =>
      (await this.vm(id)).conditions.some((one) => one.type === 'InSync' && one.reason === reason);
    await waitUntil(isSo, `InSync to be ${reason}`);
  }

  async untilTold(times: number): Promise<void> {
    await waitUntil(async () => (await this.told()) === times, `VMs to be told ${times} times`);
  }

  async until(id: OperationId, fields: Partial<Vm>): Promise<Vm> {
    let last: Vm | undefined;
    await waitUntil(
      async () => {
        last = await this.vm(id);
        return Object.entries(fields).every(([name, value]) => last?.[name as keyof Vm] === value);
      },
      `the VM to be ${JSON.stringify(fields)}`,
    );
    return some(last);
  }
}

/** A VM's condition, without its time. */
export const conditionOf = (vm: Vm, type: Vm['conditions'][number]['type']): object | undefined => {
  const found = vm.conditions.find((condition) => condition.type === type);
  return found && { status: found.status, reason: found.reason };
};
