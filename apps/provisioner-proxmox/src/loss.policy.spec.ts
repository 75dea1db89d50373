import type { VmSpec } from '@dcm/contracts';
import { lossesOf, type LossBasis } from './loss.policy';
import { aTemplate } from './testing/places.builder';
import { aSpec } from './testing/spec.builder';

const losses = (spec: Partial<VmSpec>, overrides: Partial<LossBasis> = {}): string[] =>
  lossesOf({ spec: aSpec(spec), metadata: {}, template: aTemplate(), isLinked: false, wires: 1, ...overrides }).map(
    ({ feature, pointer, message }) => `${feature} ${pointer} ${message}`,
  );
const guest = (overrides: Partial<VmSpec['guest']>) => ({
  guest: { hostname: null, sshKeys: [], userData: null, ...overrides },
});

describe('what Proxmox cannot keep', () => {
  it('is nothing of a plain request', () => {
    expect(losses({})).toEqual([]);
    expect(losses(guest({ hostname: 'web-01-0198f3c2' }))).toEqual([]);
  });

  it.each([
    [{ labels: { a: 'b' } }, /^labels \/labels Labels/],
    [guest({ userData: '#cloud-config' }), /^user-data \/guest\/userData .* root/],
    [guest({ hostname: 'db' }), /^hostname \/guest\/hostname .*host name is web-01-0198f3c2/],
    [guest({ sshKeys: ['x'] }), /^ssh-keys \/guest\/sshKeys\/0 SSH key 1 .* it\.$/],
  ])('is %j, in a sentence', (spec, sentence) => {
    expect(losses(spec)).toEqual([expect.stringMatching(sentence)]);
  });

  it('is all that the guest should be told where nothing in it listens', () => {
    expect(losses({ ...guest({ hostname: 'db' }), image: null }, { template: undefined })).toEqual([
      expect.stringMatching(/^hostname .* no image\.$/),
    ]);
    const deaf = { ...aTemplate(), devices: { ...aTemplate().devices, cloudInit: undefined } };
    expect(losses(guest({ sshKeys: ['x'] }), { template: deaf })).toEqual([
      expect.stringMatching(/no cloud-init drive/),
    ]);
    expect(losses({}, { template: deaf })).toEqual([]);
  });

  it('is said of linked clones and of cards that go', () => {
    expect(losses({}, { isLinked: true })).toEqual([expect.stringMatching(/linked clone/)]);
    const template = aTemplate();
    const two = {
      ...template,
      devices: { ...template.devices, nics: [...template.devices.nics, ...template.devices.nics] },
    };
    expect(losses({}, { template: two })).toEqual([expect.stringMatching(/1 more network card /)]);
    expect(losses({}, { template: two, wires: 0 })).toEqual([]);
  });
});
