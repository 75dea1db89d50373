import { Product, type Json } from './product';

const sites = ['vsphere-demo', 'proxmox-demo', 'hyperv-demo'];
const hourly = { vcpuHourMicros: 12_000, memoryGibHourMicros: 3_000, diskGibHourMicros: 50 };

const wish = {
  name: 'quoted-01',
  image: 'debian-12',
  size: undefined,
  cpus: 2,
  memoryMib: 2048,
  disks: [{ sizeGib: 12 }],
  labels: { tier: 'web' },
  guest: { hostname: 'quoted-01', userData: '#cloud-config\n' },
};

interface Quote {
  readonly projectId: string;
  readonly site: string;
  readonly plan: { readonly hash: string; readonly price: Json; readonly quota: readonly Json[] };
  readonly diagnostics: readonly Json[];
  readonly verdict: Json;
  readonly error: Json | null;
}

describe('one VM, quoted on three platforms', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.start({ sites });
    for (const body of [hourly, { ...hourly, scope: { site: 'proxmox-demo' }, vcpuHourMicros: 8_000 }]) {
      expect((await product.http('POST', '/v1/rates', { body, token: product.stack.adminToken })).status).toBe(201);
    }
    for (const id of Object.values(product.stack.projects)) {
      const options = { body: { limits: { vcpus: 100 } }, token: product.stack.adminToken };
      expect((await product.http('PUT', `/v1/projects/${id}/quotas`, options)).status).toBe(200);
    }
  }, 180_000);
  afterAll(() => product.stop(), 60_000);

  const projectOf = (site: string): string | undefined => product.stack.projects[site];
  const quoted = async (): Promise<Quote[]> => {
    const body = { ...wish, projectIds: sites.map(projectOf) };
    const answer = await product.http<{ quotes: Quote[] }>('POST', '/v1/quotes', { body });
    expect(answer.status).toBe(200);
    return answer.body.quotes;
  };
  const countOf = async (path: string): Promise<number> =>
    (await product.http<{ items: Json[] }>('GET', `${path}?pageSize=1000`)).body.items.length;

  it('shows each with its image, price, limits and verdict, and asks for nothing', async () => {
    const before = [await countOf('/v1/vms'), await countOf('/v1/operations')];
    const quotes = await quoted();
    expect(quotes.map(({ site, error }) => [site, error])).toEqual(sites.map((site) => [site, null]));
    for (const quote of quotes) {
      const perHourMicros = 2 * (quote.site === 'proxmox-demo' ? 8_000 : 12_000) + 2 * 3_000 + 12 * 50;
      expect(quote).toMatchObject({
        projectId: projectOf(quote.site),
        plan: {
          image: { name: 'debian-12' },
          price: { currency: 'EUR', perHourMicros, perMonthMicros: 730 * perHourMicros },
        },
        verdict: { kind: 'approve' },
      });
      expect(quote.plan.quota).toEqual([
        { scope: 'project', id: quote.projectId, dimension: 'vcpus', before: 0, after: 2, limit: 100 },
      ]);
    }
    expect(new Set(quotes.map(({ plan }) => plan.hash)).size).toBe(sites.length);
    expect([await countOf('/v1/vms'), await countOf('/v1/operations')]).toEqual(before);
  }, 60_000);

  it.each(sites)(
    'has on %s the hash and the price of the request with the same body',
    async (site) => {
      const quote = (await quoted()).find((one) => one.site === site);
      const { operationId } = await product.createVm({ ...wish, projectId: projectOf(site) });
      const operation = await product.finished(operationId);
      expect(operation).toMatchObject({
        state: 'succeeded',
        plan: { hash: quote?.plan.hash, price: quote?.plan.price },
      });
    },
    120_000,
  );
});
