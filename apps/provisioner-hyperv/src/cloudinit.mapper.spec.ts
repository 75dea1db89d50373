import { aSpec } from '../test/builders';
import { discFor, discName } from './cloudinit.mapper';

const hostile = '<a href="x">&amp;\'"]]> $(id) `id` %s \\ ünïcödé 日本語 😀';

describe("the guest's disc", () => {
  it('has a name that can mean nothing else', () => {
    expect(discName({ instance: '0198f3c2-0000-7000-8000-000000000003' })).toBe(
      'dcm-0198f3c2-0000-7000-8000-000000000003.iso',
    );
    expect(discName({ instance: '../a b' })).toBe('dcm-___a_b.iso');
  });

  it('tells name, keys, user data and network to the letter', () => {
    const networks = [
      { network: 'a', address: { cidr: '10.0.0.7/24', gateway: '10.0.0.1', dns: ['10.0.0.2'] } },
      { network: 'b' },
    ];
    const guest = {
      hostname: 'db',
      sshKeys: [`ssh-ed25519 AAAA ${hostile}`],
      userData: `#cloud-config\n# ${hostile}\n`,
    };
    const disc = discFor({
      instanceId: 'i',
      spec: aSpec({ networks, guest }),
      macs: ['00:15:5d:00:00:01', undefined],
    }).toString('utf8');
    expect(disc).toContain(
      JSON.stringify({ 'instance-id': 'i', 'local-hostname': 'db', 'public-keys': guest.sshKeys }),
    );
    expect(disc).toContain(guest.userData);
    expect(disc).toContain(
      JSON.stringify({
        version: 2,
        ethernets: {
          eth0: {
            match: { macaddress: '00:15:5d:00:00:01' },
            addresses: ['10.0.0.7/24'],
            routes: [{ to: '0.0.0.0/0', via: '10.0.0.1' }],
            nameservers: { addresses: ['10.0.0.2'] },
          },
          eth1: { dhcp4: true },
        },
      }),
    );
  });

  it('says nothing of a network that DHCP sets up alone', () => {
    const disc = discFor({ instanceId: 'i', spec: aSpec(), macs: [] }).toString('utf8');
    expect(disc).not.toContain('ethernets');
    expect(disc).toContain('"local-hostname":"web"');
    expect(disc).toContain('#cloud-config\n{}\n');
  });
});
