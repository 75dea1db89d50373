import type { Outcome } from './vcenter.client';
import { describeWithPyvmomi, VcenterFixture } from './vcenter.fixture';

interface Together {
  readonly seconds: number;
  readonly results: readonly Outcome<string>[];
}

const CLONES = 40;
jest.setTimeout(60_000);

describeWithPyvmomi('many clients of the simulated vCenter at once', () => {
  const site = new VcenterFixture({ vms: 0 });

  function together(times: number, command: Record<string, unknown>): Promise<Together> {
    return site.vcenter.run<Together>('together', { times, command });
  }

  it.each([
    ['clone', { do: 'clone', to: 'one-clone' }, 'one-clone'],
    ['create', { do: 'create', name: 'one-create', guestId: 'otherGuest' }, 'one-create'],
  ])('get exactly one VM when all %s one name', async (_command, command, name) => {
    const { results } = await together(20, command);
    expect(results.filter(({ ok }) => ok !== undefined)).toHaveLength(1);
    const { id } = await site.vm(name);
    expect(results.filter(({ ok }) => ok === undefined)).toEqual(
      Array(19).fill({ fault: 'DuplicateName', object: id }),
    );
    const names = await site.vcenter.run<string[]>('names');
    expect(names.filter((other) => other === name)).toHaveLength(1);
  });

  it(`clone one template ${CLONES} times without mixing up a disk`, async () => {
    const { results, seconds } = await together(CLONES, { do: 'clone', to: 'clone-{n}', powerOn: true });
    expect(results.filter(({ ok }) => ok === undefined)).toEqual([]);
    process.stderr.write(`${CLONES} parallel clones, each in a session of its own: ${seconds.toFixed(2)} s\n`);
    const template = await site.vm('debian-12-template');
    const macs = new Set([template.nics[0]!.mac]);
    for (let n = 0; n < CLONES; n++) {
      const vm = await site.vm(`clone-${n}`);
      expect(vm.disks).toEqual([{ ...template.disks[0]!, file: `[LocalDS_0] clone-${n}/clone-${n}.vmdk` }]);
      macs.add(vm.nics[0]!.mac);
    }
    expect(macs.size).toBe(CLONES + 1);
  });
});
