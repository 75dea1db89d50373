import type { VmSpec } from '@dcm/contracts';
import { cloudInitSettings, tellsGuest } from './cloud-init.mapper';

const KEY = `ssh-ed25519 ${Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from('ssh-ed25519'),
  Buffer.from([0, 0, 0, 32]),
  Buffer.alloc(32, 250),
]).toString('base64')}`;

const aGuest = (overrides: Partial<VmSpec['guest']> = {}): VmSpec['guest'] => ({
  hostname: null,
  sshKeys: [],
  userData: null,
  ...overrides,
});

describe('what cloud-init is told', () => {
  it('is the keys, encoded within the value as Proxmox wants them', () => {
    const guest = aGuest({ sshKeys: [`${KEY} me@ünïcödé`, 'no key', `${KEY} two words`] });
    const value = cloudInitSettings({ guest, networks: [] }, [], {}).get('sshkeys') ?? '';
    expect(value).toMatch(/^[-%a-zA-Z0-9_.!~*'()]+$/);
    expect(value).not.toContain('+');
    expect(decodeURIComponent(value).split('\n')).toEqual([`${KEY} me@ünïcödé`, `${KEY} two words`]);
  });

  it('is an address for each network, on the card that it has', () => {
    const networks = [
      { network: 'a', address: { cidr: '192.0.2.7/24', gateway: '192.0.2.1', dns: ['192.0.2.53', '192.0.2.54'] } },
      { network: 'b' },
      { network: 'c', address: { cidr: '198.51.100.7/24', dns: ['192.0.2.53'] } },
    ];
    expect([...cloudInitSettings({ guest: aGuest(), networks }, [0, 2, 3], {})]).toEqual([
      ['nameserver', '192.0.2.53 192.0.2.54'],
      ['ipconfig0', 'ip=192.0.2.7/24,gw=192.0.2.1'],
      ['ipconfig2', 'ip=dhcp'],
      ['ipconfig3', 'ip=198.51.100.7/24'],
    ]);
  });

  it('is what the site says of users and domains', () => {
    const settings = cloudInitSettings({ guest: aGuest(), networks: [] }, [], {
      ciUser: 'ops',
      searchDomain: 'lab.example',
    });
    expect([...settings]).toEqual([
      ['ciuser', 'ops'],
      ['searchdomain', 'lab.example'],
    ]);
  });

  it('is nothing where the request says nothing', () => {
    expect(cloudInitSettings({ guest: aGuest(), networks: [] }, [], {}).size).toBe(0);
    expect(tellsGuest({ guest: aGuest(), networks: [{ network: 'a' }] })).toBe(false);
    expect(tellsGuest({ guest: aGuest({ adminPassword: 'x' }), networks: [] })).toBe(true);
  });
});
