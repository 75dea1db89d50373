import {
  createVmSchema,
  vmIdSchema,
  vmSpecSchema,
  type CreateVm,
  type Plan,
  type Platform,
  type VmSpec,
} from '@dcm/contracts';
import * as fc from 'fast-check';
import { z } from 'zod';
import { specOf } from '../../apps/approvals/src/requests/vm-request.mapper';
import { HypervLinux, HypervWindows, Proxmox, Vsphere, type PlatformUnderTest } from './platforms';

const platforms: readonly PlatformUnderTest[] = [Vsphere, Proxmox, HypervLinux, HypervWindows];
const vmId = vmIdSchema.parse('0198f3c2-0000-7000-8000-000000000003');

/** Two values for every leaf of a body. A leaf that is added to the schema has to be added here. */
const values = (network: string, key: string): Readonly<Record<string, readonly [unknown, unknown]>> => ({
  '/projectId': ['0198aaaa-0000-7000-8000-000000000002', '0198aaaa-0000-7000-8000-000000000003'],
  '/name': ['web-01', 'web-02'],
  '/count': [1, 2],
  '/image': ['debian-12', undefined],
  '/size': ['small', 'large'],
  '/cpus': [1, 2],
  '/memoryMib': [1024, 2048],
  '/disks/0/sizeGib': [8, 9],
  '/networks/0/network': [network, 'elsewhere'],
  '/networks/0/address/cidr': ['192.0.2.7/24', '192.0.2.8/24'],
  '/networks/0/address/gateway': ['192.0.2.1', '192.0.2.2'],
  '/networks/0/address/dns': [['192.0.2.53'], ['192.0.2.54']],
  '/clone': ['full', 'linked'],
  '/firmware/secureBoot': [false, true],
  '/poweredOn': [true, false],
  '/labels': [{ a: 'b' }, {}],
  '/metadata': [{}, { [key]: { unknownKey: 1 } }],
  '/guest/hostname': ['db-1', 'db-2'],
  '/guest/sshKeys': [['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB a'], []],
  '/guest/userData': ['#cloud-config', '#cloud-config\nb: 1'],
  '/guest/adminPassword': ['Passw0rd-1', 'Passw0rd-2'],
  '/guest/domain/name': ['corp.example', 'other.example'],
  '/guest/domain/user': ['joiner', 'other'],
  '/guest/domain/password': ['Join-1', 'Join-2'],
  '/guest/domain/organizationalUnit': ['OU=a', 'OU=b'],
  '/deletionProtection': [false, true],
  '/clientToken': ['a', 'b'],
});

/** What concerns DCM alone: whose VM it is, how many they are, what protects it, how it is asked for. A size stands for CPUs and memory. */
const ownOfDcm = new Set(['/projectId', '/count', '/size', '/deletionProtection', '/clientToken']);

const unwrapped = (schema: z.ZodType): z.ZodType => {
  const { innerType } = schema.def as { innerType?: z.ZodType };
  return innerType === undefined ? schema : unwrapped(innerType);
};

/** Pointers of a schema's leaves; an array of objects stands for its first element. */
function leavesOf(schema: z.ZodType, at = ''): string[] {
  const plain = unwrapped(schema);
  if (plain instanceof z.ZodObject) {
    const shape = plain.shape as Record<string, z.ZodType>;
    return Object.entries(shape).flatMap(([key, field]) => leavesOf(field, `${at}/${key}`));
  }
  if (plain instanceof z.ZodArray && unwrapped(plain.element as z.ZodType) instanceof z.ZodObject) {
    return leavesOf(plain.element as z.ZodType, `${at}/0`);
  }
  return [at];
}

const required = new Set(['/projectId', '/name', '/cpus', '/memoryMib', '/image', '/disks/0/sizeGib']);

function put(target: Record<string, unknown>, [key = '', ...rest]: string[], value: unknown): void {
  if (rest.length === 0) target[key] = value;
  else put((target[key] ??= rest[0] === '0' ? [] : {}) as Record<string, unknown>, rest, value);
}

function bodyOf(chosen: ReadonlyMap<string, unknown>): CreateVm | undefined {
  const body: Record<string, unknown> = {};
  for (const [pointer, value] of chosen) if (value !== undefined) put(body, pointer.slice(1).split('/'), value);
  const parsed = createVmSchema.safeParse(body);
  return parsed.success ? parsed.data : undefined;
}

/** What becomes of a body: what the platform is told, or what the plan says of it. */
function outcomeOf(body: CreateVm, under: PlatformUnderTest): { plan: Plan; text: string } {
  const names = { cpus: body.cpus ?? 0, memoryMib: body.memoryMib ?? 0, template: under.template };
  const spec: VmSpec = vmSpecSchema.parse(
    JSON.parse(JSON.stringify(specOf(body, vmId, under.platform as Platform, names))),
  );
  const plan = under.plan(spec);
  const isRefused = plan.diagnostics.some(({ severity }) => severity === 'error');
  return { plan, text: JSON.stringify([plan, isRefused ? null : under.applied(spec, plan)]) };
}

const covers = (pointer: string, leaf: string): boolean => pointer !== '' && `${leaf}/`.startsWith(`${pointer}/`);

/** Leaves of a body that neither the platform nor the plan knows of. */
function droppedOf(chosen: ReadonlyMap<string, unknown>, under: PlatformUnderTest): string[] {
  const body = bodyOf(chosen);
  if (body === undefined) return [];
  const { plan, text } = outcomeOf(body, under);
  // What is refused has to be mended first, whatever else it asks for.
  if (plan.diagnostics.some(({ severity }) => severity === 'error')) return [];
  const named = [...plan.losses, ...plan.diagnostics].map(({ pointer }) => pointer);
  const table = values(under.network, under.platform);
  return [...chosen.keys()].filter((leaf) => {
    if (ownOfDcm.has(leaf) || named.some((pointer) => covers(pointer, leaf))) return false;
    const other = table[leaf]?.find((value) => JSON.stringify(value) !== JSON.stringify(chosen.get(leaf)));
    const changed = bodyOf(new Map([...chosen, [leaf, other]]));
    return changed !== undefined && outcomeOf(changed, under).text === text;
  });
}

const isTaken = (chosen: ReadonlyMap<string, unknown>, under: PlatformUnderTest): boolean => {
  const body = bodyOf(chosen);
  return body !== undefined && outcomeOf(body, under).plan.diagnostics.every(({ severity }) => severity !== 'error');
};

describe('a field that is accepted', () => {
  const leaves = leavesOf(createVmSchema);

  it('is known to this test, whoever adds it', () => {
    expect(leaves.filter((leaf) => !(leaf in values('', 'x')))).toEqual([]);
  });

  it.each(platforms.map((under) => [`${under.platform}, ${under.template}`, under] as const))(
    'is never dropped on %s',
    (_name, under) => {
      const table = values(under.network, under.platform);
      const optional = leaves.filter((leaf) => !required.has(leaf) && leaf !== '/size');
      const body = fc.tuple(fc.subarray(optional), fc.infiniteStream(fc.boolean())).map(([some, sides]) => {
        const domain = some.some((leaf) => leaf.startsWith('/guest/domain'))
          ? ['/guest/domain/name', '/guest/domain/user', '/guest/domain/password']
          : [];
        const network = some.some((leaf) => leaf.startsWith('/networks')) ? ['/networks/0/network'] : [];
        const address = some.some((leaf) => leaf.startsWith('/networks/0/address')) ? ['/networks/0/address/cidr'] : [];
        const all = new Set([...required, ...some, ...domain, ...network, ...address]);
        const always = new Set(['/image', '/networks/0/network', '/metadata']);
        return new Map(
          [...all].map((leaf) => {
            const isFirst = Boolean(sides.next().value);
            return [leaf, table[leaf]?.[always.has(leaf) || isFirst ? 0 : 1]];
          }),
        );
      });
      let taken = 0;
      fc.assert(
        fc.property(body, (chosen) => {
          if (isTaken(chosen, under)) taken += 1;
          expect(droppedOf(chosen, under)).toEqual([]);
        }),
        { numRuns: 300 },
      );
      // A planner that refuses everything drops nothing either.
      process.stdout.write(`${under.template} on ${under.platform}: ${taken} of 300 bodies taken\n`);
      expect(taken).toBeGreaterThan(10);
    },
  );

  it.each(platforms.map((under) => [`${under.platform}, ${under.template}`, under] as const))(
    'is missed when %s drops it',
    (_name, under) => {
      const forgetful: PlatformUnderTest = {
        ...under,
        plan: (spec) => under.plan({ ...spec, guest: { ...spec.guest, hostname: null }, cpus: 1 }),
        applied: (spec, plan) => under.applied({ ...spec, guest: { ...spec.guest, hostname: null }, cpus: 1 }, plan),
      };
      const table = values(under.network, under.platform);
      const chosen = new Map([...required].map((leaf) => [leaf, table[leaf]?.[0]]));
      expect(droppedOf(chosen, under)).toEqual([]);
      expect(droppedOf(chosen, forgetful)).toEqual(['/cpus']);
    },
  );
});
