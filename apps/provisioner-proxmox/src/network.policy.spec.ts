import { chooseWires, wireId } from './network.policy';

const places = {
  networks: [
    { name: 'vmbr0', kind: 'bridge', node: 'pve1' },
    { name: 'vmbr1', kind: 'bridge', node: 'pve2' },
    { name: 'blue', kind: 'vnet', node: undefined },
  ],
} as const;
const defaults = { networks: { 'VM Network': { bridge: 'vmbr0', vlan: 7 } } };
const on = (...names: string[]) => ({ networks: names.map((network) => ({ network })) });

describe('the cards of a VM', () => {
  it('are on the bridges, vnets and named networks that are asked for', () => {
    expect(chooseWires(on('vmbr1', 'blue', 'VM Network'), {}, places, defaults)).toEqual([
      { found: { name: 'vmbr1', bridge: 'vmbr1', vlan: undefined } },
      { found: { name: 'blue', bridge: 'blue', vlan: undefined } },
      { found: { name: 'VM Network', bridge: 'vmbr0', vlan: 7 } },
    ]);
  });

  it('are all on the bridge and VLAN of the metadata, whatever the networks are called', () => {
    expect(chooseWires(on('anything', 'VM Network'), { bridge: 'blue' }, places, defaults)).toEqual([
      { found: { name: 'anything', bridge: 'blue', vlan: undefined } },
      { found: { name: 'VM Network', bridge: 'blue', vlan: undefined } },
    ]);
    expect(chooseWires(on('VM Network'), { vlan: 9 }, places, defaults)).toEqual([
      { found: { name: 'VM Network', bridge: 'vmbr0', vlan: 9 } },
    ]);
  });

  it('are the site’s where the request names none, and else those of the image', () => {
    expect(chooseWires(on(), {}, places, defaults)).toEqual([]);
    expect(chooseWires(on(), {}, places, { ...defaults, bridge: 'blue' })).toEqual([
      { found: { name: 'blue', bridge: 'blue', vlan: undefined } },
    ]);
    expect(chooseWires(on(), { bridge: 'vmbr1' }, places, defaults)).toMatchObject([{ found: { bridge: 'vmbr1' } }]);
  });

  it('are refused by their place where there is no such network', () => {
    expect(chooseWires(on('vmbr0', 'none'), {}, places, defaults)[1]).toMatchObject({
      problem: { pointer: '/networks/1/network' },
      reason: 'NETWORK_NOT_FOUND',
    });
    expect(chooseWires(on('vmbr0'), { bridge: 'vmbr9' }, places, defaults)).toMatchObject([
      { problem: { pointer: '/metadata/proxmox/bridge' } },
    ]);
  });

  it('have a native id of bridge and VLAN', () => {
    expect([wireId({ bridge: 'vmbr0', vlan: 7 }), wireId({ bridge: 'vmbr0', vlan: undefined })]).toEqual([
      'vmbr0.7',
      'vmbr0',
    ]);
  });
});
