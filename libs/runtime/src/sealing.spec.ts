import { createSealingKey, isSealed, openSealed, publicKeyOf, seal } from './sealing';

describe('sealing', () => {
  const site = createSealingKey();

  it('opens what was sealed for the same site and VM', () => {
    const sealed = seal(site.publicKey, '#cloud-config\npassword: ü', 'vm-1');
    expect(isSealed(sealed)).toBe(true);
    expect(sealed).not.toContain('password');
    expect(openSealed(site.privateKey, sealed, 'vm-1')).toBe('#cloud-config\npassword: ü');
  });

  it('does not open on another VM, at another site, or changed', () => {
    const sealed = seal(site.publicKey, 'secret', 'vm-1');
    const last = sealed.at(-1) === 'A' ? 'B' : 'A';
    expect(() => openSealed(site.privateKey, sealed, 'vm-2')).toThrow(/was not sealed for/);
    expect(() => openSealed(createSealingKey().privateKey, sealed, 'vm-1')).toThrow(/was not sealed for/);
    expect(() => openSealed(site.privateKey, sealed.slice(0, -1) + last, 'vm-1')).toThrow(/was not sealed for/);
    expect(() => openSealed(site.privateKey, 'sealed:v1:x', 'vm-1')).toThrow(/was not sealed for/);
  });

  it('seals the same text differently each time', () => {
    expect(seal(site.publicKey, 'a', 'vm')).not.toBe(seal(site.publicKey, 'a', 'vm'));
  });

  it('derives the public half of a private key', () => {
    expect(publicKeyOf(site.privateKey)).toBe(site.publicKey);
  });

  it('refuses what is no public key', () => {
    expect(() => seal('AAAA', 'x', 'vm')).toThrow(/not a public key/);
  });
});
