import { aSpec, aTemplate, anImage } from '../test/builders';
import { customizationLosses, customizationProblems } from './customization.policy';
import type { Metadata } from './metadata.schema';
import type { VmSpec } from '@dcm/contracts';

const template = aTemplate();
const windowsTemplate = aTemplate({ image: anImage({ guestId: 'windows2019srv_64Guest' }) });
const guest = { hostname: null, sshKeys: [], userData: null };
const secret = { ...guest, adminPassword: 'Secret-1' };

const problems = (metadata: Metadata, spec: Partial<VmSpec> = {}): string[] =>
  customizationProblems({
    spec: aSpec(spec),
    metadata,
    template: metadata.customization === 'windows' ? windowsTemplate : template,
  }).map(({ pointer }) => pointer);

describe('how a guest is told what it is', () => {
  it.each<[string, Metadata, Partial<VmSpec>]>([
    ['by cloud-init', {}, { guest: { ...guest, userData: 'x', hostname: 'a.example.com' } }],
    [
      'as Linux',
      { customization: 'linux', linux: { domain: 'example.com' } },
      { guest: { ...guest, hostname: 'a.example.com' } },
    ],
    [
      'as Windows',
      { customization: 'windows', windows: { timeZone: 110 } },
      { guest: { ...secret, hostname: 'web-1' } },
    ],
    ['by nobody', { customization: 'none' }, { guest: { ...guest, hostname: 'a' } }],
  ])('works %s', (_, metadata, spec) => {
    expect(problems(metadata, spec)).toEqual([]);
  });

  it.each<[string, Metadata, Partial<VmSpec>, string[]]>([
    [
      'user data without cloud-init',
      { customization: 'linux' },
      { guest: { ...guest, userData: 'x' } },
      ['/guest/userData'],
    ],
    ['user data for nobody', { customization: 'none' }, { guest: { ...guest, userData: 'x' } }, ['/guest/userData']],
    ['a password that nobody sets', {}, { guest: secret }, ['/guest/adminPassword']],
    ['Windows without a password', { customization: 'windows' }, { name: 'web' }, ['/guest/adminPassword']],
    [
      'keys of another system',
      { windows: { orgName: 'x' }, linux: {} },
      {},
      ['/metadata/vsphere/linux', '/metadata/vsphere/windows'],
    ],
    ['a blank VM', { customization: 'linux' }, { image: null }, ['/metadata/vsphere/customization']],
    [
      'another system than the image has',
      { customization: 'linux', guestId: 'windows9Server64Guest' },
      {},
      ['/metadata/vsphere/customization'],
    ],
    [
      'a computer name that is too long',
      { customization: 'windows' },
      { name: 'a-very-long-name', guest: secret },
      ['/name'],
    ],
    [
      'a computer name of digits',
      { customization: 'windows' },
      { guest: { ...secret, hostname: '123' } },
      ['/guest/hostname'],
    ],
    [
      'a computer name with a domain',
      { customization: 'windows' },
      { guest: { ...secret, hostname: 'a.b' } },
      ['/guest/hostname'],
    ],
    [
      'two domains',
      { customization: 'linux', linux: { domain: 'b' } },
      { guest: { ...guest, hostname: 'a.c' } },
      ['/metadata/vsphere/linux'],
    ],
    [
      'an address that nobody sets',
      { customization: 'none' },
      { networks: [{ network: 'x' }, { network: 'y', address: { cidr: '192.0.2.1/24' } }] },
      ['/networks/1/address'],
    ],
  ])('refuses %s', (_, metadata, spec, expected) => {
    expect(problems(metadata, spec)).toEqual(expected);
  });

  it('says what each way does not do, and never the password', () => {
    const losses = (metadata: Metadata): string[] =>
      customizationLosses({
        spec: aSpec({ guest: { ...secret, hostname: 'a', sshKeys: ['k'] } }),
        metadata,
        template,
      }).map(({ message }) => message);
    expect(losses({})).toEqual([]);
    expect(losses({ customization: 'linux' })).toEqual([
      'The customization linux sets no SSH keys.',
      expect.stringMatching(/^VMware Tools prepare the guest/),
    ]);
    expect(losses({ customization: 'none' })).toEqual([
      'The customization none sets no SSH keys.',
      'The customization none sets no host name.',
    ]);
    const all = JSON.stringify([losses({ customization: 'windows' }), problems({}, { guest: secret })]);
    expect(all).not.toContain('Secret-1');
  });
});
