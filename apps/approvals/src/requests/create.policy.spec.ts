import { createVmSchema, type CreateVmInput } from '@dcm/contracts';
import { createSealingKey, openSealed, seal, vmIdOf } from '@dcm/runtime';
import { aChange, aSite, createId, inMs, now, projectId, tenantId, told } from '../../test/scene.builder';
import {
  admitCreate,
  completed,
  refusalOf,
  refuseCreate,
  vmOf,
  type CreateFacts,
  type CreateOrder,
} from './create.policy';

const { publicKey, privateKey } = createSealingKey();

const anOrder = (body: Partial<CreateVmInput> = {}, fields: Partial<CreateOrder> = {}): CreateOrder => ({
  id: createId,
  kind: 'vm.create',
  tenantId,
  requester: 'dave',
  payloadSha256: 'h',
  traceparent: null,
  isRelayed: true,
  body: createVmSchema.parse({ projectId, name: 'web-01', image: 'debian-12', size: 's', ...body }),
  ...fields,
});
const facts = (fields: Partial<CreateFacts> = {}): CreateFacts => ({
  tenantId,
  policy: { approvalTtlHours: 72, onExpiry: 'reject' },
  site: aSite().name,
  platform: aSite().platform,
  announcedAt: now,
  sealingKey: publicKey,
  size: { cpus: 2, memoryMib: 2048 },
  image: { name: 'debian-12', state: 'active' },
  template: 'tpl',
  isNameTaken: false,
  ...fields,
});
const image = {
  name: 'debian-12',
  state: 'active',
  defaults: { cpus: 1, memoryMib: 1024, diskGib: 12 },
  minimums: { memoryMib: 512, diskGib: 10 },
} as const;
const unsized = { size: undefined };
const small = { size: undefined, cpus: 1, memoryMib: 256, disks: [{ sizeGib: 8 }] };
const figures = { size: undefined, cpus: 4, memoryMib: 4096 };

describe('whether a create can be', () => {
  it.each([
    ['what is complete', anOrder(), facts()],
    ['figures instead of a size', anOrder(figures), facts({ size: null })],
    ['a blank VM', anOrder({ image: undefined, disks: [{ sizeGib: 8 }] }), facts({ image: null, template: null })],
    ['a site that has not announced itself', anOrder(), facts({ announcedAt: null, sealingKey: null })],
  ])('lets %s pass', (_what, order, known) => {
    expect(refusalOf(order, known)).toBeNull();
  });

  it.each([
    ['a project that is not there', anOrder(), facts({ tenantId: null, site: null }), 'NOT_FOUND', '/projectId'],
    ['another tenant’s project', anOrder(), facts({ tenantId: 'x' as never }), 'NOT_FOUND', '/projectId'],
    ['an unknown size', anOrder(), facts({ size: null }), 'NOT_FOUND', '/size'],
    ['an unknown image', anOrder(), facts({ image: null, template: null }), 'NOT_FOUND', '/image'],
    ['an image without a template here', anOrder(), facts({ template: null }), 'NOT_FOUND', '/image'],
    ['a retired image', anOrder(), facts({ image: { ...image, state: 'retired' } }), 'CONFLICT', '/image'],
    [
      'no size at all, of an image without defaults',
      anOrder(unsized),
      facts({ size: null }),
      'INVALID_REQUEST',
      '/cpus',
    ],
    ['a name that is taken', anOrder(), facts({ isNameTaken: true }), 'CONFLICT', '/name'],
    [
      'a secret for a site without a key',
      anOrder({ guest: { userData: 'x' } }),
      facts({ sealingKey: null }),
      'SITE_UNAVAILABLE',
      '/guest/userData',
    ],
    [
      'a secret for a site whose key is none',
      anOrder({ guest: { userData: 'x' } }),
      facts({ sealingKey: 'AAAA' }),
      'SITE_UNAVAILABLE',
      '/guest/userData',
    ],
  ])('refuses %s', (...[, order, known, code, pointer]) => {
    expect(refusalOf(order, known)).toMatchObject({ code, details: [{ pointer }] });
  });
});

describe('what an image gives and needs', () => {
  it('is taken where the request says nothing, and quota and platform are asked for it', () => {
    const known = facts({ image, size: null });
    const order = completed(anOrder(unsized), known);
    expect(refusalOf(order, known)).toBeNull();
    const vm = vmOf(order, known, now, 7);
    expect(vm?.doc).toMatchObject({ size: null, cpus: 1, memoryMib: 1024, disks: [{ sizeGib: 12 }] });
    expect(vm?.spec).toMatchObject({ cpus: 1, memoryMib: 1024, disks: [{ sizeGib: 12 }] });
  });

  it('may be a size, whose name the VM then bears', () => {
    const known = facts({ image: { ...image, defaults: { size: 'm' } }, size: { cpus: 4, memoryMib: 4096 } });
    const vm = vmOf(completed(anOrder(unsized), known), known, now, 7);
    expect(vm?.doc).toMatchObject({ size: 'm', cpus: 4, memoryMib: 4096, disks: [] });
  });

  it('does not replace what the request says', () => {
    const asked = { ...figures, disks: [{ sizeGib: 40 }] };
    const { body } = completed(anOrder(asked), facts({ image }));
    expect(body).toMatchObject(asked);
  });

  it('is refused below, with every place and figure', () => {
    const known = facts({ image, size: null });
    expect(refusalOf(completed(anOrder(small), known), known)).toEqual({
      code: 'INVALID_REQUEST',
      message: 'Unable to create VM web-01: image debian-12 needs at least 512 MiB of memory, not 256',
      details: [
        { pointer: '/memoryMib', message: 'image debian-12 needs at least 512 MiB of memory, not 256' },
        { pointer: '/disks/0/sizeGib', message: 'image debian-12 needs at least 10 GiB of system disk, not 8' },
      ],
    });
  });

  it('is refused below at the size that was named', () => {
    const known = facts({ image, size: { cpus: 1, memoryMib: 256 } });
    expect(refusalOf(completed(anOrder(), known), known)).toMatchObject({ details: [{ pointer: '/size' }] });
  });
});

describe('the VM that a create asks for', () => {
  it('has its size, template and platform resolved', () => {
    const metadata = { proxmox: { storage: 'ssd' }, vsphere: { folder: 'x' } } as never;
    const vm = vmOf(anOrder({ metadata, labels: { team: 'a' } }), facts(), now, 7);
    expect(vm).toMatchObject({ instanceNumber: 7, holdsName: true, isSettled: true });
    expect(vm?.spec).toMatchObject({
      cpus: 2,
      memoryMib: 2048,
      image: { source: 'tpl' },
      metadata: { storage: 'ssd' },
    });
    expect(vm?.spec?.platformName).toBe(`web-01-${vmIdOf(createId).slice(0, 8)}`);
    expect(vm?.doc).toMatchObject({
      lifecycle: 'requested',
      presence: 'unknown',
      metadata: { storage: 'ssd' },
      createdAt: now.toISOString(),
    });
  });

  it('never shows guest secrets', () => {
    const vm = vmOf(anOrder({ guest: { userData: 'top-secret', adminPassword: 'top-secret' } }), facts(), now, 7);
    expect(JSON.stringify(vm?.doc)).not.toMatch(/userData|adminPassword/);
  });

  it.each(['userData', 'adminPassword'] as const)(
    'has a publisher’s plain %s sealed for its site and for itself alone',
    (field) => {
      const vm = vmOf(anOrder({ guest: { [field]: 'top-secret' } }, { isRelayed: false }), facts(), now, 7);
      expect(openSealed(privateKey, vm?.spec?.guest[field] ?? '', vmIdOf(createId))).toBe('top-secret');
    },
  );

  it('has the password of a domain sealed, keeps the rest of it, and what is asked of clone and firmware', () => {
    const domain = { name: 'corp.example', user: 'joiner', password: 'top-secret' };
    const asked = { guest: { domain }, clone: 'linked', firmware: { secureBoot: true } } as const;
    const spec = vmOf(anOrder(asked, { isRelayed: false }), facts(), now, 7)?.spec;
    expect(spec).toMatchObject({ clone: 'linked', firmware: { secureBoot: true } });
    expect(spec?.guest.domain).toMatchObject({ name: 'corp.example', user: 'joiner' });
    expect(JSON.stringify(spec)).not.toContain('top-secret');
    expect(openSealed(privateKey, spec?.guest.domain?.password ?? '', vmIdOf(createId))).toBe('top-secret');
  });

  it('keeps what a relay sealed, and seals what it did not', () => {
    const sealed = seal(publicKey, 'top-secret', vmIdOf(createId));
    expect(vmOf(anOrder({ guest: { userData: sealed } }), facts(), now, 7)?.spec?.guest.userData).toBe(sealed);
    const plain = vmOf(anOrder({ guest: { userData: 'top-secret' } }), facts(), now, 7)?.spec?.guest.userData;
    expect(plain).toMatch(/^sealed:v1:/);
  });

  it('does not believe a publisher that its secrets are sealed', () => {
    const forged = 'sealed:v1:whatever';
    const vm = vmOf(anOrder({ guest: { userData: forged } }, { isRelayed: false }), facts(), now, 7);
    expect(openSealed(privateKey, vm?.spec?.guest.userData ?? '', vmIdOf(createId))).toBe(forged);
  });

  it('that was refused keeps no spec and no name; in nobody’s project there is none', () => {
    expect(vmOf(anOrder(), facts(), now, null)).toMatchObject({ spec: null, holdsName: false, instanceNumber: null });
    expect(vmOf(anOrder(), facts({ tenantId: null }), now, null)).toBeUndefined();
  });
});

describe('taking in a create', () => {
  const change = (fields: Partial<CreateFacts> = {}): ReturnType<typeof aChange> =>
    aChange({
      vm: vmOf(anOrder(), facts(fields), now, 7) ?? null,
      operations: [],
      site: aSite({ isAnnounced: facts(fields).announcedAt !== null }),
    });

  it('asks the site for a plan at once', () => {
    const accepted = change();
    admitCreate(accepted, anOrder());
    expect(told(accepted)).toEqual(['operation accepted', 'vm requested']);
    expect(accepted.entries.map(({ seq, actor }) => [seq, actor])).toEqual([
      [1, 'dave'],
      [1, 'dave'],
    ]);
    expect(accepted.operation(createId).doc).toMatchObject({
      state: 'planning',
      waitingFor: { until: inMs(60_000).toISOString() },
    });
    expect(accepted.commands.map(({ id }) => id)).toEqual([`${createId}/plan/1`]);
  });

  it('waits for a site that has not announced itself', () => {
    const waiting = change({ announcedAt: null });
    admitCreate(waiting, anOrder());
    expect(waiting.operation(createId).doc).toMatchObject({
      state: 'accepted',
      waitingFor: { kind: 'site', then: 'it expires' },
    });
    expect(waiting.commands).toEqual([]);
  });

  it('refuses in public: the operation begins and ends, the VM has failed', () => {
    const refused = aChange({ vm: vmOf(anOrder(), facts(), now, null) ?? null, operations: [] });
    refuseCreate(refused, anOrder(), { code: 'NOT_FOUND', message: 'no' });
    expect(told(refused)).toEqual(['operation accepted', 'operation rejected', 'vm refused']);
    expect(refused.operation(createId)).toMatchObject({
      holdsVm: false,
      doc: { state: 'rejected', error: { code: 'NOT_FOUND' } },
    });
    expect(refused.vm.doc.lifecycle).toBe('failed');
    expect(refused.ledger).toBeNull();
  });

  it('refuses what is in nobody’s project as an operation alone', () => {
    const refused = aChange({ vm: null, site: null, operations: [] });
    refuseCreate(refused, anOrder(), { code: 'NOT_FOUND', message: 'no' });
    expect(told(refused)).toEqual(['operation accepted', 'operation rejected']);
    expect(refused.operation(createId).doc).toMatchObject({ projectId: null, vmId: vmIdOf(createId) });
  });
});
