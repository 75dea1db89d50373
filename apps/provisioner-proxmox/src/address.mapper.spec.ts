import { addressesOf } from './address.mapper';
import { readMachine } from './machine.mapper';

const NET0 = 'virtio=BC:24:11:00:00:01,bridge=vmbr0';
const NET1 = 'virtio=BC:24:11:00:00:02,bridge=vmbr1';
const seenAt = '2026-01-01T00:00:00.000Z';

const on = (mac: string, ...addresses: string[]) => ({
  name: 'eth',
  'hardware-address': mac,
  'ip-addresses': addresses.map((address) => ({ 'ip-address': address, 'ip-address-type': 'x', prefix: 24 })),
});

const addresses = (config: Record<string, string>, interfaces?: unknown[], status = 'running') =>
  addressesOf(
    readMachine({
      vmid: 500_001,
      node: 'pve1',
      config,
      current: { status },
      snapshots: [],
      ...(interfaces !== undefined && { agent: { isRunning: true, interfaces } }),
    }),
    seenAt,
  );

describe("a guest's addresses", () => {
  it("are those on the VM's own cards, in the cards' order, IPv4 first", () => {
    const found = addresses({ net0: NET0, net1: NET1 }, [
      on('00:00:00:00:00:00', '127.0.0.1', '::1'),
      on('02:42:ac:11:00:01', '172.17.0.1'),
      on('bc:24:11:00:00:02', '10.0.1.2'),
      on('BC:24:11:00:00:01', 'fe80::1', '2001:db8::1', '169.254.0.9', '10.0.0.2'),
    ]);
    expect(found.map(({ address, network, primary }) => [address, network, primary])).toEqual([
      ['2001:db8::1', 'vmbr0', false],
      ['10.0.0.2', 'vmbr0', true],
      ['10.0.1.2', 'vmbr1', false],
    ]);
    expect(found[0]).toMatchObject({ mac: 'bc:24:11:00:00:01', source: 'guest-agent', seenAt });
  });

  it('are the static ones while the agent reports none', () => {
    const config = { net0: NET0, net1: NET1, ipconfig0: 'ip=192.0.2.7/24,gw=192.0.2.1,ip6=auto', ipconfig1: 'ip=dhcp' };
    const expected = [
      { address: '192.0.2.7', source: 'cloud-init', primary: true, mac: 'bc:24:11:00:00:01', network: 'vmbr0', seenAt },
    ];
    expect(addresses(config)).toEqual(expected);
    expect(addresses(config, [{ name: 'eth0', 'hardware-address': 'bc:24:11:00:00:01' }])).toEqual(expected);
    expect(addresses(config, undefined, 'stopped')).toEqual([]);
  });

  it('are none where nobody says any', () => {
    expect(addresses({ net0: NET0 }, [])).toEqual([]);
  });
});
