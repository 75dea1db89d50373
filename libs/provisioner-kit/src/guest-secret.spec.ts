import { vmIdSchema, type ResolvedVm } from '@dcm/contracts';
import { createSealingKey, seal } from '@dcm/runtime';
import { withOpenedSecret } from './guest-secret';
import { referenceTarget } from './testing/reference/reference-target';

const instanceId = vmIdSchema.parse('0198f3c2-0000-7000-8000-000000000003');
const key = createSealingKey();

const vmWith = (userData: string | null, adminPassword?: string): ResolvedVm => ({
  spec: referenceTarget().aVm({
    guest: { hostname: null, sshKeys: [], userData, ...(adminPassword !== undefined && { adminPassword }) },
  }),
  plan: { diagnostics: [], losses: [], image: null, networks: [], diskGib: 1, scope: {}, hints: {} },
});

describe("a guest's user data", () => {
  it('is opened for the adapter, and the command keeps it sealed', () => {
    const sealed = vmWith(seal(key.publicKey, '#cloud-config', instanceId));
    expect(withOpenedSecret(sealed, key, instanceId).spec.guest.userData).toBe('#cloud-config');
    expect(sealed.spec.guest.userData).toMatch(/^sealed:v1:/);
  });

  it("and its administrator's password are opened each, alone or together", () => {
    const [data, password] = ['#cloud-config', 'Passw0rd'].map((text) => seal(key.publicKey, text, instanceId));
    const open = (vm: ResolvedVm): unknown => withOpenedSecret(vm, key, instanceId).spec.guest;
    expect(open(vmWith(null, password))).toMatchObject({ userData: null, adminPassword: 'Passw0rd' });
    expect(open(vmWith(data ?? null, password))).toMatchObject({
      userData: '#cloud-config',
      adminPassword: 'Passw0rd',
    });
    expect(() => open(vmWith(data ?? null, 'Passw0rd'))).toThrow(/Unable to use the administrator's password/);
  });

  it("and the password of the domain's account too, or it is refused", () => {
    const domain = { name: 'corp.example', user: 'joiner', password: seal(key.publicKey, 'Passw0rd', instanceId) };
    const vm = vmWith(null);
    const joining = (password: string): ResolvedVm => ({
      ...vm,
      spec: { ...vm.spec, guest: { ...vm.spec.guest, domain: { ...domain, password } } },
    });
    const opened = withOpenedSecret(joining(domain.password), key, instanceId);
    expect(opened.spec.guest.domain).toEqual({ ...domain, password: 'Passw0rd' });
    expect(() => withOpenedSecret(joining('Passw0rd'), key, instanceId)).toThrow(/domain's account/);
  });

  it('may be absent', () => {
    const vm = vmWith(null);
    expect(withOpenedSecret(vm, key, instanceId)).toBe(vm);
  });

  const other = vmIdSchema.parse('0198f3c2-0000-7000-8000-000000000004');
  it.each([
    ['was sealed for another VM', seal(key.publicKey, 'x', other)],
    ['was sealed for another site', seal(createSealingKey().publicKey, 'x', instanceId)],
    ['is not sealed at all', '#cloud-config'],
  ])('is refused when it %s', (_case, userData) => {
    expect(() => withOpenedSecret(vmWith(userData), key, instanceId)).toThrow(/Unable to/);
  });
});
