import type { VmSpec } from '@dcm/contracts';
import { problem, WHOLE, type Choice } from './choice.policy';
import { metadataPointer, type Metadata } from './metadata.schema';
import type { Places } from './places';

/** A network of the site's own naming. */
export interface NetworkAlias {
  readonly bridge: string;
  readonly vlan?: number | undefined;
}

/** The site's part of networks. */
export interface NetworkDefaults {
  /** Bridge or vnet of VMs that name no network; undefined: an image's own cards, and none for a blank VM. */
  readonly bridge?: string | undefined;
  /** Names that requests may use for a bridge with a VLAN, so that one name means the same on several platforms. */
  readonly networks: Readonly<Record<string, NetworkAlias>>;
}

/** A network card that is to be. */
export interface Wire {
  /** As the request calls the network. */
  readonly name: string;
  readonly bridge: string;
  readonly vlan: number | undefined;
}

/** Bridge and VLAN as one native id. */
export const wireId = ({ bridge, vlan }: Pick<Wire, 'bridge' | 'vlan'>): string =>
  vlan === undefined ? bridge : `${bridge}.${vlan}`;

/** The cards of a VM, each chosen or with what is wrong; nothing where an image's own cards stay. */
export function chooseWires(
  spec: Pick<VmSpec, 'networks'>,
  metadata: Metadata,
  places: Pick<Places, 'networks'>,
  defaults: NetworkDefaults,
): Choice<Wire>[] {
  return wishesOf(spec, metadata, defaults).map(({ name, pointer }) => {
    const alias = defaults.networks[name];
    const bridge = metadata.bridge ?? alias?.bridge ?? name;
    if (!places.networks.some((one) => one.name === bridge)) {
      const at = metadata.bridge === undefined ? pointer : metadataPointer('bridge');
      return problem(at, `there is no bridge or vnet ${bridge}`, 'NETWORK_NOT_FOUND');
    }
    const vlan = metadata.vlan ?? (metadata.bridge === undefined ? alias?.vlan : undefined);
    return { found: { name, bridge, vlan } };
  });
}

function wishesOf(
  { networks }: Pick<VmSpec, 'networks'>,
  { bridge }: Metadata,
  { bridge: usual }: NetworkDefaults,
): { name: string; pointer: string }[] {
  if (networks.length > 0) {
    return networks.map((one, index) => ({ name: one.network, pointer: `/networks/${index}/network` }));
  }
  const fallback = bridge ?? usual;
  return fallback === undefined ? [] : [{ name: fallback, pointer: WHOLE }];
}
