import { aSpec } from '../test/builders';
import { guestinfoOf, needsMacs } from './guestinfo.mapper';

const decode = (value: string | undefined): string => Buffer.from(value ?? '', 'base64').toString('utf8');
const told = (spec: ReturnType<typeof aSpec>, macs: string[] = []) => guestinfoOf({ instanceId: 'id-1', spec, macs });
const metadata = (spec: ReturnType<typeof aSpec>, macs: string[] = []): unknown =>
  JSON.parse(decode(told(spec, macs).get('guestinfo.metadata')));

describe('what cloud-init is told', () => {
  it('is at least who it is, by the name of the VM when no host name is asked for', () => {
    expect(metadata(aSpec())).toEqual({ 'instance-id': 'id-1', 'local-hostname': 'web' });
  });

  it('removes user data that the image left there', () => {
    expect(told(aSpec()).get('guestinfo.userdata')).toBe('');
    expect(told(aSpec()).get('guestinfo.userdata.encoding')).toBe('');
  });

  it('carries keys and user data to the letter', () => {
    const text = '#cloud-config\n# <&> "]]>" 😀\n';
    const spec = aSpec({ guest: { hostname: 'db.example', sshKeys: ['ssh-ed25519 AAAA "x"'], userData: text } });
    expect(metadata(spec)).toMatchObject({ 'local-hostname': 'db.example', 'public-keys': ['ssh-ed25519 AAAA "x"'] });
    expect(decode(told(spec).get('guestinfo.userdata'))).toBe(text);
    expect(told(spec).get('guestinfo.metadata.encoding')).toBe('base64');
  });

  it('names the cards when cloud-init could not guess: several of them, or a static address', () => {
    const one = { network: 'a' };
    const fixed = { network: 'b', address: { cidr: '192.0.2.7/24' } };
    expect(needsMacs(aSpec({ networks: [one] }))).toBe(false);
    expect(needsMacs(aSpec({ networks: [one, one] }))).toBe(true);
    expect(metadata(aSpec({ networks: [fixed, one] }), ['m-0', 'm-1'])).toMatchObject({
      network: {
        version: 2,
        ethernets: {
          nic0: { match: { macaddress: 'm-0' }, addresses: ['192.0.2.7/24'] },
          nic1: { match: { macaddress: 'm-1' }, dhcp4: true },
        },
      },
    });
  });
});
