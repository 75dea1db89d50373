import { aMachine, anOwnership } from '../test/builders';
import { reference } from './client/managed.object';
import { ownerOf, standingOf } from './mark.mapper';

const ours = anOwnership();

describe('whose a VM is', () => {
  it('is ours when the mark was written for this very VM', () => {
    expect(standingOf(aMachine(), ours)).toBe('original');
    expect(ownerOf(aMachine())).toEqual(ours);
  });

  it('does not depend on how vCenter writes the UUID', () => {
    expect(standingOf(aMachine({ 'config.instanceUuid': ours.instance.toUpperCase() }), ours)).toBe('original');
  });

  it.each(['installation', 'tenant', 'project', 'instance'] as const)("is another's when the %s differs", (part) => {
    expect(standingOf(aMachine(), { ...ours, [part]: 'other' })).toBe('foreign');
  });

  it('is nobody of ours without a mark, or with one that cannot be read', () => {
    for (const settings of [[], [{ key: 'dcm.mark', value: 'dcm:v1:half' }]]) {
      const machine = aMachine({ 'config.extraConfig': settings });
      expect([standingOf(machine, ours), ownerOf(machine)]).toEqual(['foreign', null]);
    }
  });

  it("is an administrator's copy when its UUID is another and it has another name or folder", () => {
    const copied = { 'config.instanceUuid': '5012aaaa-0000-0000-0000-000000000000' };
    for (const change of [{ name: 'copy' }, { parent: reference('Folder', 'group-v9') }, { parent: undefined }]) {
      const machine = aMachine({ ...copied, ...change });
      expect([standingOf(machine, ours), ownerOf(machine)]).toEqual(['foreign', null]);
    }
  });

  it('is ours when vCenter gave it another UUID: it stands where it was made', () => {
    const machine = aMachine({ 'config.instanceUuid': '5012aaaa-0000-0000-0000-000000000000' });
    expect([standingOf(machine, ours), ownerOf(machine)]).toEqual(['renumbered', ours]);
  });

  it('cannot be told while vCenter is making it', () => {
    const machine = aMachine({ 'config.instanceUuid': undefined, 'config.extraConfig': undefined });
    expect([standingOf(machine, ours), ownerOf(machine)]).toEqual(['building', null]);
  });
});
