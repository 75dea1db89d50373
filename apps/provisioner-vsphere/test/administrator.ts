import { randomUUID } from 'node:crypto';
import type { VcsimTarget } from '../../../sims/vcsim/vcsim';
import { reference, type ManagedObjectReference } from '../src/client/managed.object';
import { readBoolean, readList, readRecord, readReference, readString, type VimRecord } from '../src/client/reader';
import { VimClient } from '../src/client/vim.client';
import type { VimObject } from '../src/client/vim.data';
import { addDisk, addNic } from '../src/device-change.mapper';
import { kibOf } from '../src/device.mapper';
import { MARK_KEY } from '../src/mark.mapper';
import { SlotFinder } from '../src/slot.policy';
import { readSnapshots } from '../src/snapshot.mapper';
import { required, run } from './site';
import { until } from './until';

/** What the administrator sees of a VM. */
export interface SeenVm {
  readonly nativeId: string;
  readonly name: string;
  readonly power: 'on' | 'off' | 'suspended' | 'unknown';
}

const POWER: Readonly<Record<string, SeenVm['power']>> = { poweredOn: 'on', poweredOff: 'off', suspended: 'suspended' };
const CALLS = { on: 'PowerOnVM_Task', off: 'PowerOffVM_Task', suspended: 'SuspendVM_Task' } as const;

/** Somebody with a vCenter session of his own, who acts behind the adapter's back. */
export class Administrator {
  private readonly client: VimClient;

  constructor({ url, username, password, ca, pin }: VcsimTarget) {
    const tls = { ...(ca !== undefined && { ca }), ...(pin !== undefined && { pinSha256: pin }) };
    this.client = new VimClient({ url, username, password, tls });
  }

  /** Every VM; templates are none. */
  async listVms(): Promise<SeenVm[]> {
    const paths = ['name', 'config.template', 'runtime.powerState'];
    const found = await this.client.properties.inventory({ VirtualMachine: paths });
    return found
      .filter(({ properties }) => readBoolean(properties['config.template']) !== true)
      .map(({ ref, properties }) => ({
        nativeId: ref.value,
        name: readString(properties['name']) ?? '',
        power: POWER[readString(properties['runtime.powerState']) ?? ''] ?? 'unknown',
      }));
  }

  /** Properties of a VM. */
  read(nativeId: string, paths: readonly string[]): Promise<VimRecord> {
    return this.client.properties.properties(vm(nativeId), paths);
  }

  /** The advanced settings of a VM. */
  async settings(nativeId: string): Promise<Map<string, string>> {
    const { 'config.extraConfig': options } = await this.read(nativeId, ['config.extraConfig']);
    return new Map(
      readList(options).map((option) => {
        const { key, value } = readRecord(option);
        return [readString(key) ?? '', readString(value) ?? ''] as const;
      }),
    );
  }

  /** A powered-off VM without a mark; in the folder `dcm` unless another is named. */
  async createStranger(name: string, folder = 'dcm'): Promise<SeenVm> {
    const { folder: parent, pool, datastore } = await this.places(folder);
    const config = { name, guestId: 'otherGuest64', files: { vmPathName: `[${datastore}]` }, numCPUs: 1, memoryMB: 64 };
    const made = required(await run(this.client, 'CreateVM_Task', parent, { config, pool }));
    return { nativeId: made.value, name, power: 'off' };
  }

  /** Makes an empty template and the folder `dcm` where the server has none: other simulators are not seeded for DCM. */
  async ensureSeed(template: string): Promise<void> {
    const paths = ['name', 'vmFolder'];
    const found = await this.client.properties.inventory({
      VirtualMachine: ['name'],
      Folder: ['name'],
      Datacenter: paths,
    });
    const has = (name: string): boolean => found.some(({ properties }) => properties['name'] === name);
    if (!has('dcm')) {
      const root = required(found.find(({ ref }) => ref.type === 'Datacenter')?.properties['vmFolder']);
      await this.client.call('CreateFolder', root, { name: 'dcm' });
    }
    if (has(template)) return;
    const { nativeId } = await this.createStranger(template);
    const slots = new SlotFinder({ all: [], scsiControllers: [] });
    const slot = slots.next() ?? { controllerKey: 0, unitNumber: 0 };
    const disk = addDisk(-1, slot, kibOf(1), true);
    const nic = addNic(-2, { $type: 'VirtualEthernetCardNetworkBackingInfo', deviceName: 'VM Network' });
    await this.reconfigure(nativeId, { deviceChange: [...slots.controllers, disk, nic] });
    await this.client.call('MarkAsTemplate', vm(nativeId));
  }

  /** Clones as the vendor's own client does. */
  async copyVm(nativeId: string, name: string): Promise<SeenVm> {
    const { folder, pool } = await this.places('dcm');
    const spec = { location: { folder, pool }, template: false, powerOn: false };
    const made = required(await run(this.client, 'CloneVM_Task', vm(nativeId), { folder, name, spec }));
    return { nativeId: made.value, name, power: 'off' };
  }

  /** A copy that was given the instanceUuid of the original too, as after a restore beside it. */
  async duplicateVm(nativeId: string, name: string): Promise<SeenVm> {
    const { 'config.instanceUuid': instanceUuid } = await this.read(nativeId, ['config.instanceUuid']);
    const twin = await this.copyVm(nativeId, name);
    await this.reconfigure(twin.nativeId, { instanceUuid: readString(instanceUuid) ?? '' });
    return twin;
  }

  async removeMark(nativeId: string): Promise<void> {
    await this.reconfigure(nativeId, { extraConfig: [{ key: MARK_KEY, value: '' }] });
  }

  async renameVm(nativeId: string, name: string): Promise<void> {
    await this.reconfigure(nativeId, { name });
  }

  async reconfigure(nativeId: string, spec: VimObject): Promise<void> {
    await run(this.client, 'ReconfigVM_Task', vm(nativeId), { spec });
  }

  /** Takes a snapshot by hand. */
  async takeSnapshot(nativeId: string, name: string): Promise<void> {
    await run(this.client, 'CreateSnapshot_Task', vm(nativeId), { name, memory: false, quiesce: false });
  }

  /** Names of the VM's snapshots. */
  async snapshots(nativeId: string): Promise<string[]> {
    return readSnapshots((await this.read(nativeId, ['snapshot']))['snapshot']).map(({ name }) => name);
  }

  /** Gives the VM another instanceUuid, as a vCenter does when it finds the one asked for in use. */
  async renumber(nativeId: string): Promise<string> {
    const instanceUuid = randomUUID();
    await this.reconfigure(nativeId, { instanceUuid });
    return instanceUuid;
  }

  /** Forces a power state; that it is already there is fine. */
  async setPower(nativeId: string, power: keyof typeof CALLS): Promise<void> {
    const { 'runtime.powerState': state } = await this.read(nativeId, ['runtime.powerState']);
    if (POWER[readString(state) ?? ''] === power) return;
    await run(this.client, CALLS[power], vm(nativeId));
  }

  async deleteVm(nativeId: string): Promise<void> {
    await this.setPower(nativeId, 'off');
    await run(this.client, 'Destroy_Task', vm(nativeId));
  }

  async isLinked(nativeId: string): Promise<boolean> {
    const { 'config.hardware.device': devices } = await this.read(nativeId, ['config.hardware.device']);
    const disks = readList(devices)
      .map(readRecord)
      .filter(({ $type }) => $type === 'VirtualDisk');
    return disks.some(({ backing }) => 'parent' in readRecord(backing));
  }

  async startsSecurely(nativeId: string): Promise<boolean> {
    const read = await this.read(nativeId, ['config.firmware', 'config.bootOptions']);
    const { efiSecureBootEnabled } = readRecord(read['config.bootOptions']);
    return read['config.firmware'] === 'efi' && readBoolean(efiSecureBootEnabled) === true;
  }

  /** What the guest reports of itself once it has started, with VMware Tools running in it. */
  async joins(nativeId: string, domain: string): Promise<boolean> {
    await this.setPower(nativeId, 'off');
    await this.reconfigure(nativeId, { extraConfig: [{ key: 'sim.guest', value: 'running' }] });
    await this.setPower(nativeId, 'on');
    let hostName: string | undefined;
    await until(async () => {
      hostName = readString((await this.read(nativeId, ['guest.hostName']))['guest.hostName']);
      return (hostName ?? '') !== '';
    });
    return hostName?.endsWith(`.${domain}`) === true;
  }

  /** Whether the server lets two VMs of one folder have the same name. */
  async canRepeatNames(): Promise<boolean> {
    const name = `probe-${randomUUID()}`;
    const made = [await this.createStranger(name)];
    const second = await this.createStranger(name).catch(() => undefined);
    if (second !== undefined) made.push(second);
    for (const { nativeId } of made) await this.deleteVm(nativeId);
    return second !== undefined;
  }

  /** Begins a task of the VM. */
  async beginTask(nativeId: string): Promise<void> {
    await this.client.call('ReconfigVM_Task', vm(nativeId), { spec: { annotation: 'changed by hand' } });
  }

  /** Whether a clone carries the advanced settings of its source. */
  async clonesCarrySettings(): Promise<boolean> {
    const { nativeId } = await this.createStranger(`probe-${randomUUID()}`);
    await this.reconfigure(nativeId, { extraConfig: [{ key: 'probe', value: 'x' }] });
    const clone = await this.copyVm(nativeId, `probe-${randomUUID()}`);
    const carries = (await this.settings(clone.nativeId)).get('probe') === 'x';
    for (const one of [nativeId, clone.nativeId]) await this.deleteVm(one);
    return carries;
  }

  /** Whether reverting to a snapshot brings back the size that the VM had. */
  async snapshotsKeepState(): Promise<boolean> {
    const { nativeId } = await this.createStranger(`probe-${randomUUID()}`);
    const parameters = { name: 'probe', memory: false, quiesce: false };
    const snapshot = required(await run(this.client, 'CreateSnapshot_Task', vm(nativeId), parameters));
    await this.reconfigure(nativeId, { numCPUs: 2 });
    await run(this.client, 'RevertToSnapshot_Task', snapshot);
    const { 'config.hardware.numCPU': cpus } = await this.read(nativeId, ['config.hardware.numCPU']);
    await this.deleteVm(nativeId);
    return cpus === 1;
  }

  /** Whether the server gives tickets for consoles. */
  async givesTickets(): Promise<boolean> {
    const { nativeId } = await this.createStranger(`probe-${randomUUID()}`);
    await this.setPower(nativeId, 'on');
    const ticket = await this.client
      .call('AcquireTicket', vm(nativeId), { ticketType: 'webmks' })
      .catch(() => undefined);
    await this.deleteVm(nativeId);
    return ticket !== undefined;
  }

  /** A task of the VM that is over. */
  async aTask(nativeId: string): Promise<string> {
    const spec = { annotation: 'changed by hand' };
    const task = required(await this.client.call('ReconfigVM_Task', vm(nativeId), { spec }));
    await this.client.tasks.wait(task);
    return task.value;
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private async places(
    folderName: string,
  ): Promise<{ folder: ManagedObjectReference; pool: ManagedObjectReference; datastore: string }> {
    const found = await this.client.properties.inventory({
      Datacenter: ['vmFolder'],
      Folder: ['name'],
      ClusterComputeResource: ['resourcePool'],
      Datastore: ['name'],
    });
    const of = (type: string): VimRecord => found.find(({ ref }) => ref.type === type)?.properties ?? {};
    const folder = found.find(({ ref, properties }) => ref.type === 'Folder' && properties['name'] === folderName)?.ref;
    return {
      folder: folder ?? required(of('Datacenter')['vmFolder']),
      pool: required(readReference(of('ClusterComputeResource')['resourcePool'])),
      datastore: readString(of('Datastore')['name']) ?? '',
    };
  }
}

const vm = (nativeId: string): ManagedObjectReference => reference('VirtualMachine', nativeId);
