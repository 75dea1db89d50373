import type { Address } from '@dcm/contracts';
import { inMs, now } from '../../test/scene.builder';
import { addressesOf } from './address.mapper';

const anAddress = (address: string, fields: Partial<Address> = {}): Address => ({
  address,
  mac: '00:50:56:00:00:01',
  network: 'lan',
  source: 'guest-tools',
  primary: false,
  seenAt: now.toISOString(),
  ...fields,
});
const primaryOf = (...seen: Address[]): string | undefined => addressesOf([], seen).find((one) => one.primary)?.address;

describe('the addresses of a VM', () => {
  it.each(['127.0.0.1', '169.254.7.7', '::1', 'fe80::1', '0.0.0.0', 'ff02::1'])('have no primary in %s', (address) => {
    expect(primaryOf(anAddress(address, { primary: true }))).toBeUndefined();
    expect(primaryOf(anAddress(address, { primary: true }), anAddress('10.0.0.5'))).toBe('10.0.0.5');
  });

  it.each(['docker0', 'br-1f2e3d', 'cni0', 'virbr0', 'veth12ab'])('have no primary on a network like %s', (network) => {
    const inside = anAddress('172.17.0.1', { network, primary: true });
    expect(primaryOf(inside)).toBeUndefined();
    expect(primaryOf(inside, anAddress('10.0.0.5'))).toBe('10.0.0.5');
  });

  it('have the primary that the adapter chose, and one only', () => {
    expect(primaryOf(anAddress('10.0.0.5'), anAddress('10.0.0.6', { primary: true }))).toBe('10.0.0.6');
    expect(primaryOf(anAddress('10.0.0.5'))).toBeUndefined();
    const two = [anAddress('10.0.0.5', { primary: true }), anAddress('10.0.0.6', { primary: true })];
    expect(addressesOf([], two).map((one) => one.primary)).toEqual([true, false]);
  });

  it('have an IPv4 address for primary before an IPv6 one when the choice leads nowhere', () => {
    const bad = anAddress('fe80::1', { primary: true });
    expect(primaryOf(bad, anAddress('2001:db8::5'), anAddress('10.0.0.5'))).toBe('10.0.0.5');
    expect(primaryOf(bad, anAddress('2001:db8::5'))).toBe('2001:db8::5');
  });

  it('keep the time since when each was seen in its place, and where it is from', () => {
    const before = [anAddress('10.0.0.5'), anAddress('10.0.0.6')];
    const later = inMs(60_000).toISOString();
    const seen = [anAddress('10.0.0.5', { seenAt: later }), anAddress('10.0.0.6', { seenAt: later, source: 'dhcp' })];
    expect(addressesOf(before, seen)).toMatchObject([
      { address: '10.0.0.5', seenAt: now.toISOString(), source: 'guest-tools' },
      { address: '10.0.0.6', seenAt: later, source: 'dhcp' },
    ]);
  });
});
