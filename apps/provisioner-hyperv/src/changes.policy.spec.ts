import { aMachine, GIB } from '../test/builders';
import { ejection, holdsDisc, nextChange, type Target } from './changes.policy';
import type { Machine } from './machine.mapper';

const DISC = '\\\\vmm\\lib\\dcm-1.iso';
const GREEN = { id: 'net-1', name: 'VM Network', names: [] };
const BLUE = { id: 'net-2', name: 'backup', names: [] };

/** The last call of the change, without what every one has. */
const lastOf = (machine: Machine, target: Target): unknown => {
  const change = nextChange(machine, target);
  const last = change?.steps.at(-1);
  if (last?.args === undefined) return undefined;
  expect(last.args['RunAsynchronously']).toBe(true);
  const args = Object.fromEntries(
    Object.entries(last.args).filter(([key]) => !['RunAsynchronously', 'VM'].includes(key)),
  );
  return [change?.name, last.cmd, args];
};
const refused = (reason: string): unknown => expect.objectContaining({ reason });

describe('what is left to change', () => {
  it('is nothing when the VM is as it shall be', () => {
    const target: Target = {
      cpus: 1,
      memoryMib: 1024,
      disks: [{ sizeGib: 8 }],
      networks: [GREEN],
      secureBoot: 'windows',
    };
    expect(nextChange(aMachine(), target)).toBeUndefined();
    expect(nextChange(aMachine(), {})).toBeUndefined();
  });

  it('is the size and the mark in one call', () => {
    expect(lastOf(aMachine(), { cpus: 2, memoryMib: 1024, description: 'm' })).toEqual([
      'configure',
      'Set-SCVirtualMachine',
      { CPUCount: 2, Description: 'm' },
    ]);
  });

  it('is refused for a size while the VM is not off, and not for its mark', () => {
    const running = aMachine({ status: 'Running' });
    expect(() => nextChange(running, { cpus: 2 })).toThrow(refused('INVALID_POWER_STATE') as Error);
    expect(lastOf(running, { cpus: 1, description: 'm' })).toEqual([
      'configure',
      'Set-SCVirtualMachine',
      { Description: 'm' },
    ]);
  });

  it.each([
    ['off', { SecureBootEnabled: false }],
    ['uefi-ca', { SecureBootEnabled: true, SecureBootTemplate: 'MicrosoftUEFICertificateAuthority' }],
  ] as const)('is secure boot %s', (secureBoot, args) => {
    expect(lastOf(aMachine(), { secureBoot })).toEqual(['configure', 'Set-SCVirtualMachine', args]);
  });

  it('is to wire, to add and to remove network cards', () => {
    const wire = lastOf(aMachine(), { networks: [BLUE] });
    expect(wire).toEqual([
      'connect-network-card',
      'Set-SCVirtualNetworkAdapter',
      expect.objectContaining({ VMNetwork: { $ref: 'network' } }),
    ]);
    expect(lastOf(aMachine(), { networks: [GREEN], vlan: 7 })).toEqual([
      'connect-network-card',
      'Set-SCVirtualNetworkAdapter',
      expect.objectContaining({ VLanEnabled: true, VLanID: 7 }),
    ]);
    expect(lastOf(aMachine(), { networks: [GREEN, BLUE] })).toEqual([
      'add-network-card',
      'New-SCVirtualNetworkAdapter',
      { Synthetic: true, VMNetwork: { $ref: 'network' } },
    ]);
    const [nic] = aMachine().nics;
    const two = { ...aMachine(), nics: [nic, nic].flatMap((one) => one ?? []) };
    expect(lastOf(two, { networks: [GREEN] })).toEqual([
      'remove-network-card',
      'Remove-SCVirtualNetworkAdapter',
      expect.anything(),
    ]);
  });

  it('is to grow a disk, then to add the next in the first free place', () => {
    const grow = lastOf(aMachine(), { disks: [{ sizeGib: 9 }, { sizeGib: 1 }] });
    expect(grow).toEqual([
      'grow-disk',
      'Expand-SCVirtualDiskDrive',
      { VirtualDiskDrive: { $ref: 'disk' }, VirtualHardDiskSizeGB: 9 },
    ]);
    const withDvd = aMachine({ dvds: [{ id: 'd', bus: 0, lun: 1, iso: null }] });
    expect(lastOf(withDvd, { disks: [{ sizeGib: 8 }, { sizeGib: 1 }] })).toEqual([
      'add-disk',
      'New-SCVirtualDiskDrive',
      { SCSI: true, Bus: 0, LUN: 2, Dynamic: true, VirtualHardDiskSizeMB: 1024, FileName: 'web-0198f3c2-disk-2.vhdx' },
    ]);
  });

  it.each<[string, Parameters<typeof aMachine>[0], string]>([
    [
      'shrinks',
      { disks: [{ id: 'd', busType: 'SCSI', bus: 0, lun: 0, bytes: 20 * GIB, parent: null }] },
      'INVALID_SPEC',
    ],
    [
      'stands on another file',
      { disks: [{ id: 'd', busType: 'SCSI', bus: 0, lun: 0, bytes: GIB, parent: 'p' }] },
      'UNSUPPORTED',
    ],
    ['has a snapshot', { checkpoints: [{ id: 'c', name: 'c', addedAt: null }] }, 'UNSUPPORTED'],
    ['runs', { status: 'Running' }, 'INVALID_POWER_STATE'],
  ])('is refused as a whole when a disk %s, before the size is changed', (_, changes, reason) => {
    expect(() => nextChange(aMachine(changes), { cpus: 1, disks: [{ sizeGib: 10 }] })).toThrow(
      refused(reason) as Error,
    );
  });

  it('is the disc of a VM that is off and has it not', () => {
    const drive = { id: 'd', bus: 0, lun: 1, iso: null };
    expect(lastOf(aMachine({ dvds: [drive] }), { disc: DISC })).toEqual([
      'insert-disc',
      'Set-SCVirtualDVDDrive',
      { VirtualDVDDrive: { $ref: 'drive' }, ISO: { $ref: 'iso' } },
    ]);
    expect(lastOf(aMachine(), { disc: DISC })).toEqual([
      'insert-disc',
      'New-SCVirtualDVDDrive',
      { Bus: 0, LUN: 1, ISO: { $ref: 'iso' } },
    ]);
    expect(lastOf(aMachine({ generation: 1 }), { disc: DISC })).toEqual([
      'insert-disc',
      'New-SCVirtualDVDDrive',
      { Bus: 1, LUN: 0, ISO: { $ref: 'iso' } },
    ]);
    expect(nextChange(aMachine({ status: 'Running' }), { disc: DISC })).toBeUndefined();
  });

  it('knows its disc also where VMM has copied it to, and takes that one out', () => {
    const machine = aMachine({ dvds: [{ id: 'd', bus: 0, lun: 1, iso: 'C:\\VMs\\web\\DCM-1.iso' }] });
    expect(holdsDisc(machine, DISC)).toBe(true);
    expect(nextChange(machine, { disc: DISC })).toBeUndefined();
    expect(ejection(machine, DISC)?.steps.at(-1)?.args).toMatchObject({ NoMedia: true });
    expect(ejection(aMachine(), DISC)).toBeUndefined();
  });
});
