import { aMachine, aNic } from '../test/builders';
import { addressesOf } from './address.mapper';

const at = '2026-01-02T03:04:05.000Z';
const card = (deviceConfigId: number, network: string, ...ipAddress: string[]) => ({
  network,
  ipAddress,
  macAddress: `00:50:56:00:00:0${deviceConfigId % 10}`,
  connected: true,
  deviceConfigId,
});
const devices = [aNic(), aNic({ key: 4001, macAddress: '00:50:56:00:00:01' })];
const seen = (net: unknown[], told?: string) =>
  addressesOf(aMachine({ 'config.hardware.device': devices, 'guest.net': net, 'guest.ipAddress': told }), at);
const primary = (...args: Parameters<typeof seen>) => seen(...args).find((one) => one.primary)?.address;

describe('addresses of a guest', () => {
  it('are those of its own cards, with their source, card and network', () => {
    expect(seen([card(4000, 'VM Network', '10.0.0.5')])).toEqual([
      {
        address: '10.0.0.5',
        mac: '00:50:56:00:00:00',
        network: 'VM Network',
        source: 'guest-tools',
        primary: true,
        seenAt: at,
      },
    ]);
  });

  it('leave out what exists inside the guest only, even if the tools call it the address', () => {
    const net = [card(-1, 'docker0', '172.17.0.1'), card(4000, 'VM Network', '10.0.0.5')];
    expect(seen(net, '172.17.0.1')).toMatchObject([{ address: '10.0.0.5', primary: true }]);
  });

  it('leave out loopback, link-local and the like', () => {
    const nowhere = ['127.0.0.1', '::1', '169.254.1.1', 'fe80::1', 'FEBF::2', '0.0.0.0', '224.0.0.1', 'ff02::1'];
    expect(seen([card(4000, 'n', ...nowhere, '2001:db8::5', '10.0.0.5')]).map(({ address }) => address)).toEqual([
      '2001:db8::5',
      '10.0.0.5',
    ]);
  });

  it('have the first card first, whatever order the guest tells; there, what the tools prefer; IPv4 before IPv6', () => {
    const net = [card(4001, 'b', '10.0.1.5'), card(4000, 'a', '2001:db8::5', '10.0.0.5', '10.0.0.6')];
    expect(seen(net).map(({ address }) => address)).toEqual(['2001:db8::5', '10.0.0.5', '10.0.0.6', '10.0.1.5']);
    expect(primary(net)).toBe('10.0.0.5');
    expect(primary(net, '10.0.0.6')).toBe('10.0.0.6');
    expect(primary(net, '10.0.1.5')).toBe('10.0.0.5');
    expect(primary([card(4000, 'a', '2001:db8::5'), card(4001, 'b', '10.0.1.5')])).toBe('10.0.1.5');
    expect(primary([card(4000, 'a', '2001:db8::5')])).toBe('2001:db8::5');
  });

  it('are none while the tools say nothing', () => {
    expect(seen([card(4000, 'a')], '172.17.0.1')).toEqual([]);
  });
});
