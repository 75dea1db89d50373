import { lossesFrom, platformSchema, type Plan, type PlanDiagnostic, type PlanLoss, type VmSpec } from '@dcm/contracts';
import type { ReferenceHypervisor, ReferenceImage } from './reference-hypervisor';

export const referencePlatform = platformSchema.parse('reference');

/** The platform's metadata keys, as JSON Schema. */
export const metadataSchema = {
  type: 'object',
  properties: { storage: { type: 'string' } },
  additionalProperties: false,
} as const;

const error = (pointer: string, message: string): PlanDiagnostic => ({ severity: 'error', pointer, message });

function metadataDiagnostics(spec: VmSpec, server: ReferenceHypervisor): PlanDiagnostic[] {
  const at = (key: string): string =>
    `/metadata/${referencePlatform}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return Object.entries(spec.metadata).flatMap(([key, value]) => {
    if (key !== 'storage') return [error(at(key), `unknown key "${key}"`)];
    if (typeof value !== 'string' || !server.storages.has(value)) return [error(at(key), 'there is no such storage')];
    return [];
  });
}

const lossesOf = ({ firmware, guest, clone }: VmSpec, image: ReferenceImage | undefined): PlanLoss[] =>
  lossesFrom([
    [clone === 'linked' && image === undefined, 'linked-clone', '/clone', 'There is no image to stand on.'],
    [
      firmware?.secureBoot === true && image?.isUefi !== true,
      'secure-boot',
      '/firmware/secureBoot',
      'The image does not start by UEFI, which alone knows secure boot.',
    ],
    [
      guest.domain !== undefined && image?.joinsDomains !== true,
      'domain-join',
      '/guest/domain',
      'The image joins no domain.',
    ],
  ]);

/** Everything a plan needs stands in the server's tables; nothing is changed. */
export function planFor(spec: VmSpec, server: ReferenceHypervisor): Plan {
  const image = spec.image === null ? undefined : server.images.get(spec.image.source);
  const systemDiskGib = spec.disks[0]?.sizeGib ?? image?.diskGib ?? 0;
  return {
    diagnostics: [
      ...(spec.image !== null && image === undefined
        ? [error('/image', `there is no image ${spec.image.source}`)]
        : []),
      ...spec.networks.flatMap(({ network }, index) =>
        server.networks.has(network) ? [] : [error(`/networks/${index}/network`, `there is no network ${network}`)],
      ),
      ...metadataDiagnostics(spec, server),
    ],
    losses: lossesOf(spec, image),
    image: image && spec.image ? { name: spec.image.name, nativeId: image.nativeId, version: image.version } : null,
    networks: spec.networks.map(({ network }) => ({ name: network, nativeId: server.networks.get(network) ?? '' })),
    diskGib: systemDiskGib + spec.disks.slice(1).reduce((sum, disk) => sum + disk.sizeGib, 0),
    scope: {},
    hints: {},
  };
}
