import { aSpec } from '../test/builders';
import { encodeRequest } from './client/encoder';
import { reference } from './client/managed.object';
import { VIM25 } from './client/schema';
import { customizationSpec, subnetMask, type Preparation } from './customization.mapper';

const networks = [
  { network: 'a', address: { cidr: '192.0.2.7/25', gateway: '192.0.2.1', dns: ['192.0.2.53', '192.0.2.54'] } },
  { network: 'b' },
  { network: 'c', address: { cidr: '198.51.100.7/8', dns: ['192.0.2.53'] } },
];
const spec = aSpec({
  networks,
  guest: { hostname: 'web.example.com', sshKeys: [], userData: null, adminPassword: 'P&<1' },
});
const encoded = (changes: Partial<Preparation>): string => {
  const made = customizationSpec({ spec, metadata: { customization: 'linux' }, nics: 3, ...changes });
  return encodeRequest(VIM25, 'CustomizeVM_Task', reference('VirtualMachine', 'vm-1'), { spec: made });
};

describe('the preparation of a guest', () => {
  it('is none where cloud-init or nobody tells the guest', () => {
    expect(customizationSpec({ spec, metadata: {}, nics: 3 })).toBeUndefined();
    expect(customizationSpec({ spec, metadata: { customization: 'none' }, nics: 3 })).toBeUndefined();
  });

  it('names a Linux host, its domain and all DNS servers once', () => {
    const linux = { timeZone: 'Europe/Berlin', hwClockUtc: true, dnsSuffixes: ['example.com'] };
    const xml = encoded({ metadata: { customization: 'linux', linux } });
    expect(xml).toContain(
      '<identity xsi:type="CustomizationLinuxPrep"><hostName xsi:type="CustomizationFixedName"><name>web</name></hostName>' +
        '<domain>example.com</domain><timeZone>Europe/Berlin</timeZone><hwClockUTC>true</hwClockUTC></identity>',
    );
    expect(xml).toContain(
      '<globalIPSettings><dnsSuffixList>example.com</dnsSuffixList><dnsServerList>192.0.2.53</dnsServerList>' +
        '<dnsServerList>192.0.2.54</dnsServerList></globalIPSettings>',
    );
    expect(encoded({ spec: aSpec() })).toContain('<domain>localdomain</domain>');
  });

  it('has one setting for each card, static or by DHCP', () => {
    const { nicSettingMap } = customizationSpec({ spec, metadata: { customization: 'linux' }, nics: 4 }) ?? {};
    expect(nicSettingMap).toEqual([
      {
        adapter: {
          ip: { $type: 'CustomizationFixedIp', ipAddress: '192.0.2.7' },
          subnetMask: '255.255.255.128',
          gateway: ['192.0.2.1'],
          dnsServerList: ['192.0.2.53', '192.0.2.54'],
        },
      },
      { adapter: { ip: { $type: 'CustomizationDhcpIpGenerator' } } },
      expect.objectContaining({
        adapter: expect.objectContaining({ subnetMask: '255.0.0.0', gateway: [] }) as unknown,
      }),
      { adapter: { ip: { $type: 'CustomizationDhcpIpGenerator' } } },
    ]);
  });

  it('answers what Windows asks at its first start', () => {
    const windows = { fullName: 'Ops', orgName: 'Acme', timeZone: 110, productId: 'A-1', workgroup: 'LAB' };
    const xml = encoded({ metadata: { customization: 'windows', windows } });
    expect(xml).toContain('<options xsi:type="CustomizationWinOptions"><changeSID>true</changeSID>');
    expect(xml).toContain(
      '<guiUnattended><password><value>P&amp;&lt;1</value><plainText>true</plainText></password><timeZone>110</timeZone>' +
        '<autoLogon>false</autoLogon><autoLogonCount>0</autoLogonCount></guiUnattended>',
    );
    expect(xml).toContain('<joinWorkgroup>LAB</joinWorkgroup>');
    expect(xml).toContain('<computerName xsi:type="CustomizationFixedName"><name>web</name></computerName>');
    const plain = encoded({ metadata: { customization: 'windows' } });
    expect(plain).toMatch(/<timeZone>85<\/timeZone>.*<fullName>Administrator<.*<productId><\/productId>.*WORKGROUP/);
  });

  it.each([
    [0, '0.0.0.0'],
    [1, '128.0.0.0'],
    [23, '255.255.254.0'],
    [32, '255.255.255.255'],
  ])('writes a prefix of %d as %s', (length, mask) => {
    expect(subnetMask(length)).toBe(mask);
  });
});
