import type { Outcome } from './vcenter.client';
import { describeWithPyvmomi, VcenterFixture } from './vcenter.fixture';
import { Volley } from './volley';

interface Together {
  readonly seconds: number;
  readonly results: readonly Outcome<string>[];
}

interface Places {
  readonly pool: string;
  readonly folder: string;
  readonly template: string;
}

const CLONES = 40;
const CLIENTS = 20;
jest.setTimeout(60_000);

function cloneCall({ pool, folder, template }: Places, name: string): string {
  const location = `<location><folder type="Folder">${folder}</folder><pool type="ResourcePool">${pool}</pool></location>`;
  const spec = `<spec>${location}<template>false</template><powerOn>false</powerOn></spec>`;
  return `<CloneVM_Task xmlns="urn:vim25"><_this type="VirtualMachine">${template}</_this><folder type="Folder">${folder}</folder><name>${name}</name>${spec}</CloneVM_Task>`;
}

function createCall({ pool, folder }: Places, name: string): string {
  const files = '<files><vmPathName>[LocalDS_0]</vmPathName></files>';
  const config = `<config><name>${name}</name><guestId>otherGuest</guestId>${files}<numCPUs>1</numCPUs><memoryMB>64</memoryMB></config>`;
  return `<CreateVM_Task xmlns="urn:vim25"><_this type="Folder">${folder}</_this>${config}<pool type="ResourcePool">${pool}</pool></CreateVM_Task>`;
}

describeWithPyvmomi('many clients of the simulated vCenter at once', () => {
  const site = new VcenterFixture({ vms: 0 });

  it.each([
    ['clone', cloneCall],
    ['create', createCall],
  ])('get exactly one VM when all %s one name', async (command, call) => {
    const volley = new Volley(site.vcsim, CLIENTS);
    await volley.open();
    const places = await site.vcenter.run<Places>('places');
    for (let round = 0; round < 5; round++) {
      const name = `${command}-${round}`;
      const answers = await volley.fire(call(places, name));
      const { id } = await site.vm(name);
      const losers = answers.filter(({ status }) => status !== 200);
      expect(losers).toHaveLength(CLIENTS - 1);
      for (const { body } of losers) {
        expect(body).toContain(`<DuplicateNameFault xmlns="urn:vim25" xsi:type="DuplicateName"><name>${name}</name>`);
        expect(body).toContain(`<object type="VirtualMachine">${id}</object>`);
      }
    }
    volley.close();
    const names = await site.vcenter.run<string[]>('names');
    expect(names).toHaveLength(new Set(names).size);
  });

  it(`clone one template ${CLONES} times without mixing up a disk`, async () => {
    const command = { do: 'clone', to: 'many-{n}', powerOn: true };
    const { results, seconds } = await site.vcenter.run<Together>('together', { times: CLONES, command });
    expect(results.filter(({ ok }) => ok === undefined)).toEqual([]);
    process.stderr.write(`${CLONES} parallel clones, each in a session of its own: ${seconds.toFixed(2)} s\n`);
    const template = await site.vm('debian-12-template');
    const macs = new Set([template.nics[0]!.mac]);
    for (let n = 0; n < CLONES; n++) {
      const vm = await site.vm(`many-${n}`);
      expect(vm.disks).toEqual([{ ...template.disks[0]!, file: `[LocalDS_0] many-${n}/many-${n}.vmdk` }]);
      macs.add(vm.nics[0]!.mac);
    }
    expect(macs.size).toBe(CLONES + 1);
  });
});
