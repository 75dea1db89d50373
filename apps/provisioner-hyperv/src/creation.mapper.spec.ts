import { aSpec, aTemplate, anOwnership } from '../test/builders';
import type { Blueprint } from './blueprint';
import { creationBatch } from './creation.mapper';
import { bareMark } from './mark.mapper';

const blueprint: Blueprint = {
  template: aTemplate(),
  place: { kind: 'host-group', id: 'g', name: 'All Hosts' },
  host: undefined,
  metadata: {},
  customization: 'none',
};
const batch = (changes: Partial<Blueprint> = {}, spec = aSpec()) =>
  creationBatch({ blueprint: { ...blueprint, ...changes }, spec, ownership: anOwnership(), attempt: 1, lockWaitMs: 5 });
const steps = (changes: Partial<Blueprint> = {}, spec = aSpec()) =>
  Object.fromEntries(batch(changes, spec).steps.map((step) => [step.as, step]));

describe('the creating batch', () => {
  it('holds the lock of the instance, and makes nothing once the mark or the name is found', () => {
    const { lock, steps: all } = batch();
    expect(lock).toEqual({ name: anOwnership().instance, waitMs: 5 });
    const [found, named, ...making] = all;
    expect(found?.where).toEqual([{ op: 'mark', value: bareMark(anOwnership()) }]);
    expect(named?.when).toEqual([{ ref: 'found', is: 'empty' }]);
    for (const { when } of making) {
      expect(when).toEqual([
        { ref: 'found', is: 'empty' },
        { ref: 'named', is: 'empty' },
      ]);
    }
  });

  it('writes the mark in the call that makes the VM', () => {
    const { args } = steps()['made'] ?? {};
    expect(args?.['Description']).toEqual(expect.stringMatching(`^${bareMark(anOwnership())}\n`));
    expect(args).toMatchObject({ RunAsynchronously: true, CPUCount: 1, MemoryMB: 1024 });
  });

  it.each<[Blueprint['place'], string | undefined, string[]]>([
    [{ kind: 'cloud', id: 'c', name: 'gold' }, undefined, ['cloud', 'config', 'placed']],
    [{ kind: 'host-group', id: 'g', name: 'g' }, undefined, ['group', 'config', 'placed']],
    [{ kind: 'host', id: 'h', name: 'h' }, undefined, ['host', 'config', 'fixed', 'placed']],
    [{ kind: 'host-group', id: 'g', name: 'g', csv: 'C:\\V' }, 'h', ['host', 'config', 'fixed', 'placed']],
  ])('places in %j', (place, host, expected) => {
    const names = batch({ place, host }).steps.map(({ as }) => as);
    expect(names).toEqual(['found', 'named', 'template', ...expected, 'made']);
  });

  it('names the volume, and the cloud again', () => {
    const place = { kind: 'host-group', id: 'g', name: 'g', csv: 'C:\\V' } as const;
    expect(steps({ place, host: 'h' })['fixed']?.args).toMatchObject({ VMLocation: 'C:\\V', PinVMLocation: true });
    expect(steps({ place: { kind: 'cloud', id: 'c', name: 'gold' } })['made']?.args).toMatchObject({
      Cloud: { $ref: 'cloud' },
    });
  });

  it('tells Windows its name and password as a credential', () => {
    const guest = { hostname: 'win', sshKeys: [], userData: null, adminPassword: 'p' };
    expect(steps({ customization: 'windows' }, aSpec({ guest }))['made']?.args).toMatchObject({
      ComputerName: 'win',
      LocalAdministratorCredential: { $cred: { username: 'Administrator', password: 'p' } },
    });
    const byAccount = steps({ customization: 'windows', metadata: { runAsAccount: 'acc' } });
    expect(byAccount['runAs']?.args).toEqual({ Name: 'acc' });
    expect(byAccount['made']?.args).toMatchObject({ LocalAdministratorCredential: { $ref: 'runAs' } });
    expect(steps({}, aSpec({ guest }))['made']?.args).not.toHaveProperty('ComputerName');
  });

  it('joins a domain by an account of its own, whose password is no text', () => {
    const domain = { name: 'corp.example', user: 'CORP\\joiner', password: 'Secret-1' };
    const { args } = steps({ customization: 'windows' }, aSpec({ guest: { ...aSpec().guest, domain } }))['made'] ?? {};
    expect(args).toMatchObject({
      Domain: 'corp.example',
      DomainJoinCredential: { $cred: { username: 'CORP\\joiner', password: 'Secret-1' } },
    });
  });
});
