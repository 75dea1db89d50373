import type { NativeVm, TargetAdmin } from '@dcm/provisioner-kit/testing';
import { decodeMark, encodeMark } from '@dcm/contracts';
import type { Proxmox } from '../../../sims/proxmox/proxmox';
import { tagFor } from '../src/mark.mapper';
import { Rest } from './rest';

type Power = NativeVm['power'];
type Data = Readonly<Record<string, unknown>>;

const PATIENCE_MS = 20_000;

/** Somebody with root's token and plain requests, who acts behind the adapter's back. */
export class Administrator implements TargetAdmin {
  readonly rest: Rest;

  /** @param wanted the VMID that a stranger is to take, when it is free: in Proxmox that is what a name is elsewhere */
  constructor(
    proxmox: Proxmox,
    private readonly wanted: () => number = () => 0,
  ) {
    this.rest = new Rest(proxmox);
  }

  /** Every VM, as its own node shows it; templates are none. */
  async listVms(): Promise<NativeVm[]> {
    const rows = (await this.rest.call('GET', '/cluster/resources', { type: 'vm' })) as Data[];
    const vms = rows.filter(({ type, template }) => type === 'qemu' && template !== 1);
    const read = await Promise.all(vms.map(({ vmid, node }) => this.read(Number(vmid), String(node))));
    return read.flatMap((vm) => vm ?? []);
  }

  /** The configuration of a VM. */
  async config(nativeId: string): Promise<Data> {
    return (await this.rest.call('GET', `${await this.path(nativeId)}/config`)) as Data;
  }

  /** Changes the configuration of a VM. */
  async configure(nativeId: string, params: Readonly<Record<string, string | number>>): Promise<void> {
    await this.rest.call('PUT', `${await this.path(nativeId)}/config`, params);
  }

  async createStranger(name: string): Promise<NativeVm> {
    const taken = new Set((await this.listVms()).map(({ nativeId }) => nativeId));
    const wanted = this.wanted();
    const vmid = wanted > 0 && !taken.has(String(wanted)) ? wanted : await this.nextId();
    await this.rest.run('POST', '/nodes/pve1/qemu', { vmid, name, memory: 64, cores: 1, pool: 'dcm', scsi0: 'ceph:1' });
    return { nativeId: String(vmid), name, power: 'off' };
  }

  async copyVm(nativeId: string, name: string): Promise<NativeVm> {
    const newid = await this.nextId();
    await this.rest.run('POST', `${await this.path(nativeId)}/clone`, { newid, name, full: 1, pool: 'dcm' });
    return { nativeId: String(newid), name, power: 'off' };
  }

  /** A copy whose mark was written anew for its own VMID, as after a restore by somebody who knows the mark. */
  async duplicateVm(nativeId: string, name: string): Promise<NativeVm> {
    const twin = await this.copyVm(nativeId, name);
    const mark = markIn((await this.config(nativeId))['description']);
    if (mark === undefined) throw new Error(`VM ${nativeId} bears no mark`);
    await this.configure(twin.nativeId, {
      description: encodeMark(mark, twin.nativeId),
      tags: tagFor(mark, Number(twin.nativeId)),
    });
    return twin;
  }

  /** Takes the mark out of the description; the tag, which is no mark, stays. */
  async removeMark(nativeId: string): Promise<void> {
    const description = textOf((await this.config(nativeId))['description']);
    const kept = description.split('\n').filter((line) => decodeMark(line) === null);
    await this.configure(nativeId, { description: kept.join('\n') });
  }

  async renameVm(nativeId: string, name: string): Promise<void> {
    await this.configure(nativeId, { name });
  }

  async setPower(nativeId: string, power: 'on' | 'off' | 'suspended'): Promise<void> {
    const now = (await this.listVms()).find((vm) => vm.nativeId === nativeId)?.power;
    if (now === power) return;
    const path = `${await this.path(nativeId)}/status`;
    if (power === 'off') await this.rest.run('POST', `${path}/stop`);
    else if (power === 'suspended') await this.rest.run('POST', `${path}/suspend`);
    else await this.rest.run('POST', `${path}/${now === 'suspended' ? 'resume' : 'start'}`);
  }

  /** A volume that stands on another is written behind that one's name. */
  async isLinked(nativeId: string): Promise<boolean> {
    const config = await this.config(nativeId);
    return Object.entries(config).some(([key, value]) => /^scsi\d+$/.test(key) && textOf(value).includes('base-'));
  }

  async startsSecurely(nativeId: string): Promise<boolean> {
    const { bios, efidisk0 } = await this.config(nativeId);
    return bios === 'ovmf' && textOf(efidisk0).split(',').includes('pre-enrolled-keys=1');
  }

  /** Nothing by which the cluster tells its guests knows of domains: one that stands in the configuration all the same was smuggled in. */
  async joins(nativeId: string, domain: string): Promise<boolean> {
    return JSON.stringify(await this.config(nativeId)).includes(domain);
  }

  /** Deletes a VM in any state; waits for whoever is at work on it. */
  async deleteVm(nativeId: string): Promise<void> {
    const endsAt = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        const path = await this.pathOrNone(nativeId);
        if (path === undefined) return;
        await this.rest.run('POST', `${path}/status/stop`);
        await this.rest.run('DELETE', path, { purge: 1, 'destroy-unreferenced-disks': 1 });
        return;
      } catch (error) {
        if (performance.now() > endsAt) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** Gives or takes a role on a path. */
  async grant(path: string, role: string, isGranted: boolean): Promise<void> {
    for (const holder of [{ users: 'dcm@pve' }, { tokens: 'dcm@pve!provisioner' }]) {
      await this.rest.call('PUT', '/access/acl', { path, roles: role, ...holder, ...(isGranted ? {} : { delete: 1 }) });
    }
  }

  /** Volumes that a VMID left on shared storage. */
  async volumesOf(vmid: number): Promise<string[]> {
    const volumes = (await this.rest.call('GET', '/nodes/pve1/storage/ceph/content', { vmid })) as Data[];
    return volumes.map(({ volid }) => String(volid));
  }

  async path(nativeId: string): Promise<string> {
    const path = await this.pathOrNone(nativeId);
    if (path === undefined) throw new Error(`There is no VM ${nativeId}`);
    return path;
  }

  private async pathOrNone(nativeId: string): Promise<string | undefined> {
    const rows = (await this.rest.call('GET', '/cluster/resources', { type: 'vm' })) as Data[];
    const row = rows.find(({ vmid }) => String(vmid) === nativeId);
    return row === undefined ? undefined : `/nodes/${String(row['node'])}/qemu/${nativeId}`;
  }

  private async nextId(): Promise<number> {
    return Number(await this.rest.call('GET', '/cluster/nextid'));
  }

  private async read(vmid: number, node: string): Promise<NativeVm | undefined> {
    const { status, data } = await this.rest.send('GET', `/nodes/${node}/qemu/${vmid}/status/current`, {});
    if (status !== 200) return undefined;
    const current = data as Data;
    return { nativeId: String(vmid), name: textOf(current['name']), power: powerOf(current) };
  }
}

function powerOf({ status, qmpstatus, lock }: Data): Power {
  if (status === 'running') return qmpstatus === 'paused' ? 'suspended' : 'on';
  return lock === 'suspended' ? 'suspended' : 'off';
}

function markIn(description: unknown): Parameters<typeof encodeMark>[0] | undefined {
  return textOf(description)
    .split('\n')
    .flatMap((line) => decodeMark(line) ?? [])
    .map(({ ownership }) => ownership)[0];
}

const textOf = (data: unknown): string => (typeof data === 'string' ? data : '');
