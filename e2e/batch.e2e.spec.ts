import { Invariants } from './invariants/invariants';
import { isViolated } from './invariants/invariant';
import { until } from './process';
import { Product, type Json } from './product';

const site = 'proxmox-demo';
const wish = { name: 'node', count: 3, image: 'debian-12', size: 'small', guest: { userData: '#cloud-config\n' } };

interface Batch {
  readonly id: string;
  readonly operations: readonly { readonly id: string; readonly vmId: string; readonly name: string }[];
}

describe('three equal VMs, asked for at once', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.start({ sites: [site] });
  }, 180_000);
  afterAll(() => product.stop(), 60_000);

  const projectWith = async (name: string, policy: Json): Promise<string> => {
    const body = { tenantId: product.stack.tenantId, name, site, policy };
    const answer = await product.http('POST', '/v1/projects', { body });
    expect(answer.status).toBe(201);
    return String(answer.body['id']);
  };
  /** What is wrong while nothing more happens by itself. */
  const wrong = async (): Promise<unknown> => {
    const { databaseUrl, sites } = product.stack;
    const expected = { deadLetters: 0, deadlineSlackMs: 0 };
    const invariants = new Invariants({ databaseUrl, sites, expected, settleMs: 20_000 });
    try {
      const { findings, unsettled } = await invariants.judge();
      return [...findings.filter(isViolated), ...(unsettled === undefined ? [] : [unsettled])];
    } finally {
      invariants.close();
    }
  };
  const token = async (principal: string, roles: string[]): Promise<string> => {
    const body = { principal, tenantId: product.stack.tenantId, roles };
    return String((await product.http('POST', '/v1/tokens', { body })).body['token']);
  };

  it('are quoted as they will be, approved once, and made', async () => {
    const policy = { autoApprove: { maxVcpus: 2 }, approvalTtlHours: 1, onExpiry: 'reject' };
    const projectId = await projectWith('nodes', policy);
    const [developer, approver] = [await token('dev', ['developer']), await token('boss', ['approver'])];
    const body = { ...wish, projectId };
    const quoted = await product.http<{ quotes: { plan: Json; verdict: Json }[] }>('POST', '/v1/quotes', { body });
    const asked = await product.http<{ batch: Batch }>('POST', '/v1/vms', { body, token: developer });
    expect(asked.status).toBe(202);
    const { batch } = asked.body;
    expect(batch.operations.map(({ name }) => name)).toEqual(['node-1', 'node-2', 'node-3']);

    const pending = await until('an approval waits', 30_000, async () => {
      const list = await product.http<{ items: Json[] }>('GET', '/v1/approvals?state=pending');
      return list.body.items.find((item) => item['operationId'] === batch.id);
    });
    const plan = pending['plan'] as Json;
    expect(pending['batch']).toEqual(batch);
    expect(plan).toMatchObject({ total: { count: 3, name: 'node', amounts: { vms: 3 } } });
    expect(quoted.body.quotes).toMatchObject([{ plan: { hash: plan['hash'] }, verdict: { kind: 'ask' } }]);

    expect(await wrong()).toEqual([]);

    const decision = { decision: 'approve', planHash: plan['hash'] };
    const path = `/v1/approvals/${String(pending['id'])}/decision`;
    expect((await product.http('POST', path, { body: decision, token: approver })).status).toBe(200);
    for (const { id } of batch.operations) {
      expect(await product.finished(id)).toMatchObject({ state: 'succeeded', batch: { id: batch.id, count: 3 } });
    }
    const made = (await product.marked(site)).map(({ instance }) => instance).sort();
    expect(made).toEqual(batch.operations.map(({ vmId }) => vmId).sort());
    const listed = await product.http<{ items: Json[] }>('GET', `/v1/operations?batchId=${batch.id}`);
    expect(listed.body.items).toHaveLength(3);
    await until('the usage of all three is told', 15_000, async () => {
      const quotas = await product.http<{ used: Json }>('GET', `/v1/projects/${projectId}/quotas`);
      return quotas.body.used['vms'] === 3 ? true : undefined;
    });
  }, 120_000);

  it('are withdrawn as a whole when one of them is cancelled before the decision', async () => {
    const policy = { autoApprove: { maxVcpus: 1 }, approvalTtlHours: 1, onExpiry: 'reject' };
    const body = { ...wish, projectId: await projectWith('undone', policy) };
    const { batch } = (await product.http<{ batch: Batch }>('POST', '/v1/vms', { body })).body;
    await until('an approval waits', 30_000, async () => {
      const answer = await product.http('GET', `/v1/operations/${batch.id}`);
      return answer.body['state'] === 'pending_approval' ? answer : undefined;
    });
    const [, second] = batch.operations;
    const cancelled = await product.http('POST', `/v1/operations/${second?.id ?? ''}/cancel`);
    expect([cancelled.status, cancelled.body['state']]).toEqual([200, 'cancelled']);
    for (const { id } of batch.operations) expect(await product.finished(id)).toMatchObject({ state: 'cancelled' });
  }, 90_000);
});
