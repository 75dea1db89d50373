import type { Site } from '@dcm/contracts';
import { inMs, now } from '../../test/scene.builder';
import { gateOf } from './gate.policy';

const site = (fields: Partial<Site> = {}): Site => ({
  name: 'pve-lab' as Site['name'],
  platform: 'proxmox' as Site['platform'],
  state: 'online',
  maxConcurrent: 4,
  description: null,
  sealingKey: null,
  announcedAt: now.toISOString(),
  pausedUntil: null,
  pauseReason: null,
  scan: null,
  createdAt: now.toISOString(),
  seq: 1,
  ...fields,
});

describe('gate policy', () => {
  it('gives an open site as many operations as it has free places', () => {
    expect(gateOf(site(), 1, now)).toEqual({ isOpen: true, places: 3 });
    expect(gateOf(site(), 4, now)).toEqual({ isOpen: true, places: 0 });
  });

  it('gives nothing when the site was made smaller than what is in flight', () => {
    expect(gateOf(site({ maxConcurrent: 2 }), 5, now)).toEqual({ isOpen: true, places: 0 });
  });

  it.each(['registered', 'draining', 'silent'] as const)('is closed to a site that is %s', (state) => {
    expect(gateOf(site({ state }), 0, now)).toMatchObject({ isOpen: false, until: null });
  });

  it('is closed while a pause lasts, and says why', () => {
    const paused = site({ state: 'paused', pausedUntil: inMs(1).toISOString(), pauseReason: 'no route to host' });
    expect(gateOf(paused, 0, now)).toEqual({
      isOpen: false,
      isCircuit: false,
      reason: 'does not answer: no route to host',
      until: inMs(1),
    });
  });

  it('says that the login was refused, when it was that', () => {
    const paused = site({ state: 'paused', pausedUntil: inMs(1).toISOString(), pauseReason: 'a wrong password' });
    const gate = { isOpen: false, isCircuit: true, reason: 'a wrong password', until: inMs(1) };
    expect(gateOf(paused, 0, now, 'INVALID_CREDENTIALS')).toEqual(gate);
    expect(gateOf(paused, 0, now, 'TLS_UNTRUSTED')).toMatchObject({ isCircuit: false });
  });

  it('lets one operation try a site whose pause is over', () => {
    const paused = site({ state: 'paused', pausedUntil: inMs(0).toISOString() });
    expect(gateOf(paused, 0, now)).toEqual({ isOpen: true, places: 1 });
    expect(gateOf(paused, 1, now)).toEqual({ isOpen: true, places: 0 });
  });
});
