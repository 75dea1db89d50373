import { isAllowedAddress } from './address.guard';
import { areAllowed, refusalOf } from './destination.guard';

const open = ['93.184.216.34', '8.8.8.8', '172.15.0.1', '172.32.0.1', '100.63.0.1', '2606:4700::1111', '2a00:1450::1'];
const inner = [
  '127.0.0.1',
  '127.255.255.254',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '100.64.0.1',
  '198.18.0.1',
  '203.0.113.7',
  '::1',
  'fd12:3456::1',
];
const never = [
  '0.0.0.0',
  '169.254.169.254',
  '100.100.100.200',
  '168.63.129.16',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  'fe80::1',
  'fe80::1%eth0',
  'ff02::1',
  'fd00:ec2::254',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '::ffff:7f00:1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::1',
  '2001:0:7f00:1::1',
  '2001:db8::1',
  'example.com',
  '',
];

describe('an address to which webhooks are sent', () => {
  it.each(open)('may be %s', (address) => {
    expect([isAllowedAddress(address, false), isAllowedAddress(address, true)]).toEqual([true, true]);
  });

  it.each(inner)('may be %s only where that is configured', (address) => {
    expect([isAllowedAddress(address, false), isAllowedAddress(address, true)]).toEqual([false, true]);
  });

  it.each(never)('is never "%s"', (address) => {
    expect([isAllowedAddress(address, false), isAllowedAddress(address, true)]).toEqual([false, false]);
  });

  it('is refused where a name leads inside and outside', () => {
    expect(areAllowed(['8.8.8.8', '10.0.0.1'], false)).toBe(false);
    expect([areAllowed(['8.8.8.8'], false), areAllowed([], true)]).toEqual([true, false]);
  });

  it.each([
    ['https://example.com/', false, true],
    ['http://example.com/', true, false],
    ['http://localhost:1/', true, true],
    ['http://localhost:1/', false, false],
    ['https://127.0.0.1/', false, false],
    ['https://2130706433/', false, false],
    ['https://0x7f.1/', false, false],
    ['https://0177.0.0.1/', false, false],
    ['https://[::1]/', false, false],
    ['https://[::ffff:127.0.0.1]/', true, false],
    ['https://[::1]/', true, true],
  ])('is read from %s (private ones allowed: %p): %p', (url, allowPrivate, isAllowed) => {
    expect(refusalOf(new URL(url), allowPrivate) === undefined).toBe(isAllowed);
  });
});
