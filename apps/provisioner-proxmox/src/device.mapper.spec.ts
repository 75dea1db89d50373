import { readDevices } from './device.mapper';

describe('the devices of a configuration', () => {
  it('are its disks, without CD drives, in the order in which they are counted', () => {
    const { disks, cloudInit } = readDevices({
      boot: 'order=scsi0;ide2;net0',
      ide2: 'local:201/vm-201-cloudinit.qcow2,media=cdrom,size=4M',
      ide0: 'none,media=cdrom',
      scsi10: 'ceph:vm-201-disk-2,size=3G',
      scsi2: 'ceph:vm-201-disk-1,size=1G',
      scsi0: 'ceph:vm-201-disk-0,discard=on,size=8G',
      virtio0: 'ceph:vm-201-disk-3,size=512M',
      efidisk0: 'ceph:vm-201-disk-9,size=4M',
      unused0: 'ceph:vm-201-disk-8',
      scsihw: 'virtio-scsi-single',
    });
    expect(disks.map(({ key }) => key)).toEqual(['scsi0', 'scsi2', 'scsi10', 'virtio0']);
    expect(disks[0]).toEqual({
      key: 'scsi0',
      bus: 'scsi',
      volume: 'ceph:vm-201-disk-0',
      storage: 'ceph',
      sizeBytes: 8 * 1024 ** 3,
    });
    expect(cloudInit).toBe('ide2');
  });

  it('begin with the disk that is booted from, whatever its bus', () => {
    const disks = { scsi0: 'a:1,size=1G', virtio0: 'a:2,size=1G', virtio1: 'a:3,size=1G' };
    expect(readDevices({ ...disks, boot: 'order=ide2;virtio0' }).disks.map(({ key }) => key)).toEqual([
      'virtio0',
      'virtio1',
      'scsi0',
    ]);
    expect(readDevices({ ...disks, boot: 'c', bootdisk: 'virtio1' }).disks[0]?.key).toBe('virtio1');
    expect(readDevices(disks).disks[0]?.key).toBe('scsi0');
  });

  it('are its cards with address, bridge and VLAN, in either way of writing', () => {
    const { nics } = readDevices({
      net10: 'model=e1000,macaddr=BC:24:11:00:00:0A,bridge=vmbr1',
      net0: 'virtio=BC:24:11:21:6A:D4,bridge=vmbr0,firewall=1,tag=7',
      net2: 'virtio,bridge=vmbr2',
    });
    expect(nics.map(({ index, mac, bridge, vlan }) => [index, mac, bridge, vlan])).toEqual([
      [0, 'bc:24:11:21:6a:d4', 'vmbr0', 7],
      [2, undefined, 'vmbr2', undefined],
      [10, 'bc:24:11:00:00:0a', 'vmbr1', undefined],
    ]);
  });
});
