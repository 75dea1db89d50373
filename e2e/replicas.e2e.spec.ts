import { until } from './process';
import { Product, type Json } from './product';

const withBroker = (process.env['AMQP_URL'] ?? '').startsWith('amqp') ? describe : describe.skip;
const count = 20;

withBroker('two replicas of a provisioner', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.start({
      args: ['--scale', 'vsphere=2'],
      env: {
        DCM_LEASE_MS: '3000',
        DCM_CALL_TIMEOUT_MS: '3000',
        DCM_DISPATCH_TIMEOUT_MS: '5000',
        DCM_DEMO_CLONE_DELAY_MS: '1500',
      },
    });
  }, 180_000);
  afterAll(() => product.stop(), 60_000);

  it('share the work, and kill -9 of one in the middle of 20 creations leaves exactly 20 VMs and an equal ledger', async () => {
    const [victim, survivor] = product.stack.pids['provisioner-vsphere'] ?? [];
    expect([typeof victim, typeof survivor]).toEqual(['number', 'number']);
    const asked = await Promise.all(Array.from({ length: count }, (_, n) => product.createVm({ name: `r-${n}` })));
    await until('some VMs are being made', 30_000, async () =>
      (await product.marked()).length >= 2 ? true : undefined,
    );
    process.kill(victim ?? 0, 'SIGKILL');

    const ended = await Promise.all(asked.map(({ operationId }) => product.finished(operationId, 120_000)));
    expect(ended.map((one) => one['state'])).toEqual(Array<string>(count).fill('succeeded'));
    const seen = await product.marked();
    expect(seen).toHaveLength(count);
    expect(new Set(seen.map((vm) => vm.instance))).toEqual(new Set(asked.map((one) => one.vmId)));
    expect(seen.every((vm) => vm.power === 'on')).toBe(true);
    const quota = await until('the ledger is told', 10_000, async () => {
      const { body } = await product.http('GET', `/v1/projects/${product.projectId}/quotas`);
      return (body['used'] as Json)['vms'] === count ? body : undefined;
    });
    expect(quota).toMatchObject({ held: { vms: 0 }, used: { vms: count, vcpus: count, memoryMib: count * 1024 } });
    const workers = ['provisioner-vsphere-1', 'provisioner-vsphere-2'].map((name) => product.log(name).length);
    expect(workers.every((length) => length > 0)).toBe(true);
  }, 240_000);
});
