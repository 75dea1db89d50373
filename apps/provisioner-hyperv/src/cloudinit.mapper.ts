import type { NetworkRequest, Ownership, VmSpec } from '@dcm/contracts';
import { discOf } from './disc';

/** What the guest is told: who it is, and how its cards are set up. */
export interface GuestWish {
  readonly instanceId: string;
  readonly spec: Pick<VmSpec, 'name' | 'guest' | 'networks'>;
  /** Addresses of the cards, in the order of the networks, where they are known. */
  readonly macs: readonly (string | undefined)[];
}

/** By this name a disc with cloud-init's data is known to it. */
const LABEL = 'cidata';

/** The name of an instance's disc in the library. */
export const discName = ({ instance }: Pick<Ownership, 'instance'>): string =>
  `dcm-${instance.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 64)}.iso`;

/**
 * The disc by which cloud-init learns its task.
 * @see https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html
 */
export function discFor(wish: GuestWish): Buffer {
  const { guest, networks } = wish.spec;
  const text = (content: string): Buffer => Buffer.from(content, 'utf8');
  return discOf(LABEL, [
    { name: 'meta-data', content: text(JSON.stringify(metaData(wish))) },
    { name: 'user-data', content: text(guest.userData ?? '#cloud-config\n{}\n') },
    ...(needsNetworkConfig(networks)
      ? [{ name: 'network-config', content: text(JSON.stringify(networkConfig(networks, wish.macs))) }]
      : []),
  ]);
}

/** JSON is YAML, and nothing in it can mean anything else. */
const metaData = ({ instanceId, spec: { name, guest } }: GuestWish): object => ({
  'instance-id': instanceId,
  'local-hostname': guest.hostname ?? name,
  ...(guest.sshKeys.length > 0 && { 'public-keys': guest.sshKeys }),
});

/** Otherwise cloud-init's own default, DHCP, is right. */
const needsNetworkConfig = (networks: readonly NetworkRequest[]): boolean =>
  networks.length > 1 || networks.some(({ address }) => address !== undefined);

/**
 * Network configuration in version 2 of cloud-init's format. A card that has no address before the VM's first start is
 * known by its name: the kernel counts the cards in the order in which the VM has them.
 */
function networkConfig(networks: readonly NetworkRequest[], macs: readonly (string | undefined)[]): object {
  const cards = networks.map(({ address }, index) => {
    const mac = macs[index];
    const match = mac === undefined ? {} : { match: { macaddress: mac } };
    if (address === undefined) return { ...match, dhcp4: true };
    const { cidr, gateway, dns = [] } = address;
    return {
      ...match,
      addresses: [cidr],
      ...(gateway !== undefined && { routes: [{ to: '0.0.0.0/0', via: gateway }] }),
      ...(dns.length > 0 && { nameservers: { addresses: dns } }),
    };
  });
  return { version: 2, ethernets: Object.fromEntries(cards.map((card, index) => [`eth${index}`, card])) };
}
