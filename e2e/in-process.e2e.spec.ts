import { Product } from './product';

describe('without a broker', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.start({ args: ['--in-process'], embeddedDatabase: true });
  }, 180_000);
  afterAll(() => product.stop(), 60_000);

  it('makes a VM in one process and says that there is no AMQP door', async () => {
    expect(product.stack.amqpUrl).toBeNull();
    expect(Object.keys(product.stack.pids)).toEqual(['all-in-one']);
    const { vmId, operationId } = await product.createVm({ name: 'solo' });
    expect(await product.finished(operationId)).toMatchObject({ state: 'succeeded' });
    expect((await product.marked()).map((vm) => vm.instance)).toEqual([vmId]);
  }, 90_000);

  it('keeps what was accepted when the process is killed', async () => {
    const { vmId, operationId } = await product.createVm({ name: 'survivor' });
    const [pid] = product.stack.pids['all-in-one'] ?? [];
    process.kill(pid ?? 0, 'SIGKILL');
    const ended = await product.finishedThroughRestart(operationId, 120_000);
    expect(ended).toMatchObject({ state: 'succeeded' });
    expect((await product.marked()).filter((vm) => vm.instance === vmId)).toHaveLength(1);
  }, 180_000);
});
