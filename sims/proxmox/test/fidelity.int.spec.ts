import { startProxmox, type Proxmox } from '../proxmox';
import { TestClient } from './client';
import { Replay } from './replay';
import { describeWith, readTranscript, referenceFile, type Entry } from './transcript';

const files = ['A-auth-transport.txt', 'B-power.txt', 'E-clone-lock-tasks.txt'];
const found = files.map((file) => referenceFile('pve-transcripts', file));
const withRecordings = describeWith('the recordings of a real Proxmox VE', found);

const PASSWORD = 'rootpw1';
const GIB = 1024 ** 3;

/** The machine that was recorded: one node, images in a folder. */
async function recordedMachine(): Promise<{ proxmox: Proxmox; client: TestClient }> {
  const proxmox = await startProxmox({
    speed: 10,
    resourceLagMs: 60_000,
    nodes: [{ name: 'pve1', cpus: 2, memoryGib: 8 }],
    storages: [{ id: 'local', type: 'dir', content: ['images', 'iso', 'import', 'snippets'], totalGib: 100 }],
    templates: [],
    strangers: 0,
    bridges: ['vmbr0'],
    vnets: [],
    password: PASSWORD,
    authDelayMs: 5,
  });
  const made = await new TestClient(proxmox).post('/access/users/root@pam/token/dcm', { privsep: 0 });
  const token = { id: 'root@pam!dcm', secret: (made.data as { value: string }).value };
  return { proxmox, client: new TestClient(proxmox, token) };
}

/** Template 100 of the recordings, and what they begin with besides. */
async function withTemplate({ client }: { client: TestClient }): Promise<void> {
  const template = {
    ...{ vmid: 100, name: 'tmpl', memory: 512, cores: 1, scsi0: 'local:1,format=qcow2', ide2: 'local:cloudinit' },
    ...{ net0: 'virtio,bridge=vmbr0', agent: 1, serial0: 'socket', ostype: 'l26', scsihw: 'virtio-scsi-pci' },
    ...{
      ciuser: 'u1',
      ipconfig0: 'ip=dhcp',
      tags: 'b,a',
      description: 'line1\nline2 # x: é',
      boot: 'order=scsi0;ide2;net0',
    },
  };
  expect(await client.run('POST', '/nodes/pve1/qemu', template)).toBe('OK');
  expect(await client.run('POST', '/nodes/pve1/qemu/100/template')).toBe('OK');
}

/** Why a recorded line says nothing about Proxmox VE as such. */
const ARTEFACT = 'the recorded machine had no real QEMU: ';

withRecordings('the simulator and a recorded Proxmox VE 9.2.11', () => {
  let machine: { proxmox: Proxmox; client: TestClient };
  const counts = { compared: 0, skipped: 0 };
  const recording = (file: string): readonly Entry[] => readTranscript(referenceFile('pve-transcripts', file)!);

  beforeEach(async () => {
    machine = await recordedMachine();
  });

  afterEach(() => machine.proxmox.stop());

  afterAll(() => {
    process.stderr.write(`fidelity: ${counts.compared} recorded answers and tasks compared, ${counts.skipped} not\n`);
  });

  async function replay(file: string, replayed: Replay): Promise<void> {
    const differences: string[] = [];
    for (const entry of recording(file)) differences.push(...(await replayed.play(entry)));
    counts.compared += replayed.compared;
    counts.skipped += replayed.skipped;
    expect(differences).toEqual([]);
  }

  it('agree on transport, logins and decoding', async () => {
    await withTemplate(machine);
    const clone = { newid: 201, name: 'linked', description: 'dcm:op=abc' };
    expect(await machine.client.run('POST', '/nodes/pve1/qemu/100/clone', clone)).toBe('OK');
    const replayed = new Replay(machine, { password: PASSWORD });
    await replay('A-auth-transport.txt', replayed);
    expect([replayed.compared, replayed.skipped]).toEqual([42, 0]);
  });

  it('agree on power, pending changes and locks', async () => {
    await withTemplate(machine);
    expect(await machine.client.run('POST', '/nodes/pve1/qemu/100/clone', { newid: 204, full: 1 })).toBe('OK');
    const replayed = new Replay(machine, {
      password: PASSWORD,
      skip: new Map([
        [25, `${ARTEFACT}an image that it has open cannot be grown`],
        [38, `${ARTEFACT}it has no query-savevm, and leaves the lock`],
      ]),
      before: new Map<number, (one: Replay) => unknown>([
        [
          13,
          () => {
            machine.proxmox.control.publish();
          },
        ],
        [
          40,
          async (one: Replay) => {
            await machine.client.ended(one.upidOf('qmsnapshot', '201'));
            machine.proxmox.control.setLock(201, 'snapshot');
          },
        ],
      ]),
    });
    await replay('B-power.txt', replayed);
    expect([replayed.compared, replayed.skipped]).toEqual([46, 2]);
  });

  it('agree on clones, their stages, and tasks', async () => {
    const { control } = machine.proxmox;
    const replayed = new Replay(machine, {
      password: PASSWORD,
      before: new Map([
        [
          7,
          () => {
            control.writeDisk(9001, 'scsi0', GIB);
          },
        ],
        [
          24,
          () => {
            control.publish();
          },
        ],
        [
          50,
          (one: Replay) => {
            control.killTask(one.upidOf('qmclone', '9001'));
          },
        ],
        [
          61,
          () => {
            control.setLock(502, null);
          },
        ],
      ]),
    });
    await replay('E-clone-lock-tasks.txt', replayed);
    expect([replayed.compared, replayed.skipped]).toEqual([53, 0]);
  });
});
