import { hasPython, until } from './process';
import { Product, type Json } from './product';

const withClients = ['pyVmomi', 'proxmoxer', 'winrm'].every(hasPython) ? it : it.skip;
const withPika = hasPython('pika') && (process.env['AMQP_URL'] ?? '').startsWith('amqp') ? withClients : it.skip;
const sites = ['vsphere-demo', 'proxmox-demo', 'hyperv-demo'];

/** What people ask for, wherever it is made. */
const wish = {
  name: 'web-01',
  image: 'debian-12',
  size: undefined,
  cpus: 2,
  memoryMib: 2048,
  disks: [{ sizeGib: 12 }],
  labels: { tier: 'web' },
};

describe('one tenant with a project on each of three platforms', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.start({ sites });
  }, 180_000);
  afterAll(() => product.stop(), 60_000);

  withClients.each(sites)(
    'gets the same VM for the same request on %s, as its own client sees it',
    async (site) => {
      const { vmId, operationId } = await product.createVm({ ...wish, projectId: product.stack.projects[site] });
      expect(await product.finished(operationId)).toMatchObject({ state: 'succeeded', percent: 100, error: null });
      const seen = (await product.marked(site)).filter((vm) => vm.instance === vmId);
      expect(seen).toMatchObject([{ cpus: 2, memoryMib: 2048, power: 'on', disksMib: [12 * 1024] }]);
      expect(seen[0]?.name).toBe(`web-01-${vmId.slice(0, 8)}`);
      const vm = await product.http('GET', `/v1/vms/${vmId}`);
      expect(vm.body).toMatchObject({
        site,
        lifecycle: 'active',
        power: 'on',
        presence: 'present',
        cpus: 2,
        memoryMib: 2048,
      });
      for (const other of sites.filter((one) => one !== site)) {
        expect((await product.marked(other)).filter(({ instance }) => instance === vmId)).toEqual([]);
      }
    },
    120_000,
  );

  withClients(
    'switches off, resizes and deletes by the same requests on all of them',
    async () => {
      const steps: readonly ((vm: string) => Promise<Json>)[] = [
        async (vm) =>
          (await product.http('POST', `/v1/vms/${vm}/power`, { body: { action: 'OFF', mode: 'HARD' } })).body,
        async (vm) => (await product.http('PATCH', `/v1/vms/${vm}`, { body: { cpus: 1, memoryMib: 1024 } })).body,
      ];
      for (const site of sites) {
        const { vmId, operationId } = await product.createVm({
          ...wish,
          name: 'db-01',
          projectId: product.stack.projects[site],
        });
        expect(await product.finished(operationId)).toMatchObject({ state: 'succeeded' });
        for (const step of steps) {
          const operation = String((await step(vmId))['operationId']);
          expect(await product.finished(operation)).toMatchObject({ state: 'succeeded', error: null });
        }
        const own = async () => (await product.marked(site)).filter(({ instance }) => instance === vmId);
        expect(await own()).toMatchObject([{ cpus: 1, memoryMib: 1024, power: 'off' }]);
        const removal = String((await product.http('DELETE', `/v1/vms/${vmId}`)).body['operationId']);
        expect(await product.finished(removal)).toMatchObject({ state: 'succeeded', error: null });
        expect(await own()).toEqual([]);
      }
    },
    180_000,
  );

  withPika(
    'gets it by the same AMQP message as well',
    async () => {
      const userId = decodeURIComponent(new URL(product.stack.amqpUrl ?? '').username);
      const messages = sites.map((site) => ({
        key: 'vm.create',
        messageId: `amqp-${site}`,
        userId,
        body: JSON.stringify({ ...wish, name: 'amqp-01', projectId: product.stack.projects[site] }),
      }));
      await product.publish(messages);
      const made = await until('the three VMs are active', 60_000, async () => {
        const { body } = await product.http<{ items: Json[] }>('GET', '/v1/vms?pageSize=1000');
        const active = body.items.filter((vm) => vm['name'] === 'amqp-01' && vm['lifecycle'] === 'active');
        return active.length === sites.length ? active : undefined;
      });
      for (const site of sites) {
        const id = made.find((vm) => vm['site'] === site)?.['id'];
        expect((await product.marked(site)).filter(({ instance }) => instance === id)).toMatchObject([
          { cpus: 2, memoryMib: 2048, power: 'on', disksMib: [12 * 1024] },
        ]);
      }
    },
    120_000,
  );
});
