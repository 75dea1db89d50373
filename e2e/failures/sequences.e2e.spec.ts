import { dropAfter, reply } from '../../sims/faults/faults';
import { witnessOf, type SeenVm, type Witness } from '../invariants/witness';
import { hasPython } from '../process';
import { build } from './build';
import { Campaign } from './campaign';
import { Door, type Json } from './door';
import { until } from './patience';
import { FailureStack } from './stack';
import type { Subject } from './subject';

const withWitness = hasPython('pyVmomi') ? describe : describe.skip;

withWitness('the sequences that bite such systems', () => {
  let stack: FailureStack;
  let door: Door;
  let campaign: Campaign;
  let witness: Witness;
  let names = 0;

  beforeAll(async () => {
    build();
    stack = await FailureStack.start({ cloneMs: 700 });
    door = new Door(stack);
    campaign = new Campaign(stack);
    witness = witnessOf(Object.values(stack.file.sites)[0]!)!;
  }, 300_000);

  afterAll(async () => {
    campaign.close();
    witness.close();
    await stack.stop(false);
  }, 60_000);

  afterEach(async () => {
    for (const rule of stack.proxy.rules) rule.remove();
    for (const one of stack.subjects) one.kill('SIGCONT');
    await stack.ready();
    expect(await campaign.violations()).toEqual([]);
  }, 120_000);

  const create = async (body: Json = {}): Promise<{ vmId: string; operationId: string }> => {
    names += 1;
    const wish = { projectId: stack.projectId, name: `q-${names}`, image: 'debian-12', size: 'small', ...body };
    const answer = await door.http('POST', '/v1/vms', wish, `key-${names}`);
    expect(answer.status).toBe(202);
    return { vmId: String(answer.body['id']), operationId: String(answer.body['operationId']) };
  };
  const operationOf = (answer: { body: Json }): string => String(answer.body['operationId']);
  const ended = (operationId: string): Promise<Json> =>
    until(`operation ${operationId} ends`, 60_000, async () => {
      const { body } = await door.http('GET', `/v1/operations/${operationId}`);
      return body['done'] === true ? body : undefined;
    });
  const seen = async (vmId: string): Promise<SeenVm[]> =>
    (await witness.marked()).filter(({ instance }) => instance === vmId);
  const vm = async (vmId: string): Promise<Json> => (await door.http('GET', `/v1/vms/${vmId}`)).body;
  const cloned = (): number => stack.proxy.calls.filter(({ operation }) => operation === 'CloneVM_Task').length;

  /** Whoever comes first to the place stands still there; the others go on. */
  async function freezeFirst(charge: string): Promise<{ frozen: () => Promise<Subject>; before: number[] }> {
    const before = stack.provisioners.map((one) => one.fired().length);
    for (const one of stack.provisioners) await one.arm(charge);
    const frozen = async (): Promise<Subject> => {
      const first = await until('a provisioner stands still', 30_000, () =>
        stack.provisioners.find((one, index) => one.fired().length > before[index]!),
      );
      await Promise.all(stack.provisioners.filter((one) => one !== first).map((one) => one.arm('')));
      return first;
    };
    return { frozen, before };
  }

  it('a worker that stood still beyond its lease in the middle of a create makes no second VM', async () => {
    const { frozen } = await freezeFirst('work.step.reconfigure:1:freeze=7000');
    const { vmId, operationId } = await create();
    const zombie = await frozen();
    expect(await ended(operationId)).toMatchObject({ state: 'succeeded' });
    await zombie.ready();
    expect(await seen(vmId)).toHaveLength(1);
  }, 90_000);

  it('a delete in the middle of a create leaves nothing', async () => {
    const before = cloned();
    const { vmId, operationId } = await create();
    await until('the clone is asked for', 30_000, () => (cloned() > before ? true : undefined));
    const answer = await door.http('DELETE', `/v1/vms/${vmId}`);
    expect(await ended(operationOf(answer))).toMatchObject({ state: 'succeeded' });
    expect((await ended(operationId))['done']).toBe(true);
    expect(await seen(vmId)).toEqual([]);
    expect((await vm(vmId))['lifecycle']).toBe('deleted');
  }, 90_000);

  it('a success that comes after the operation was cancelled is cleaned up', async () => {
    const { frozen } = await freezeFirst('work.ended:1:freeze=7000');
    const { vmId, operationId } = await create();
    const late = await frozen();
    expect(await seen(vmId)).toHaveLength(1);
    await door.http('POST', `/v1/operations/${operationId}/cancel`);
    expect(await ended(operationId)).toMatchObject({ state: 'cancelled' });
    await late.ready();
    await until('the VM is deleted', 60_000, async () => ((await seen(vmId)).length === 0 ? true : undefined));
  }, 90_000);

  it('approvals that was away for longer than a lease goes on where it was', async () => {
    const before = cloned();
    const { vmId, operationId } = await create();
    await until('the clone is asked for', 30_000, () => (cloned() > before ? true : undefined));
    const approvals = stack.subject('approvals');
    approvals.kill('SIGSTOP');
    const sleptFrom = performance.now();
    await until('a lease is over', 10_000, () => (performance.now() - sleptFrom > 4_000 ? true : undefined));
    approvals.kill('SIGCONT');
    expect(await ended(operationId)).toMatchObject({ state: 'succeeded' });
    expect(await seen(vmId)).toHaveLength(1);
  }, 90_000);

  it('the loss of the broker with its disk loses nothing that was accepted', async () => {
    const early = await Promise.all([create(), create(), create()]);
    await stack.ground.rabbit.kill();
    stack.ground.rabbit.wipe();
    const late = await create();
    await stack.ground.rabbit.restart();
    for (const { vmId, operationId } of [...early, late]) {
      expect(await ended(operationId)).toMatchObject({ state: 'succeeded' });
      expect(await seen(vmId)).toHaveLength(1);
    }
  }, 120_000);

  it('rights that were lost on the hypervisor are not taken for a VM that is gone', async () => {
    const { vmId, operationId } = await create();
    await ended(operationId);
    const fault =
      '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">' +
      '<soapenv:Body><soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>Permission to perform this operation was denied.</faultstring>' +
      '<detail><NoPermissionFault xmlns="urn:vim25" xsi:type="NoPermission"><object type="Folder">group-v1</object>' +
      '<privilegeId>System.Read</privilegeId></NoPermissionFault></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>';
    const denied = stack.proxy.add(
      reply('deny', () => ({ status: 500, headers: { 'content-type': 'text/xml' }, body: Buffer.from(fault) })),
      {
        operation: /^(RetrieveProperties|RetrievePropertiesEx|FindAllByUuid|FindByUuid|FindChild)$/,
      },
    );
    const refused = await ended(operationOf(await door.http('DELETE', `/v1/vms/${vmId}`)));
    expect(refused).toMatchObject({ state: 'failed' });
    expect((await vm(vmId))['lifecycle']).toBe('active');
    denied.remove();
    expect(await ended(operationOf(await door.http('DELETE', `/v1/vms/${vmId}`)))).toMatchObject({
      state: 'succeeded',
    });
    expect(await seen(vmId)).toEqual([]);
  }, 120_000);

  it('answers of the hypervisor that are lost after their effect make no second VM', async () => {
    for (const operation of ['CloneVM_Task', 'ReconfigVM_Task', 'PowerOnVM_Task']) {
      stack.proxy.add(dropAfter(), { operation, times: 1 });
    }
    const { vmId, operationId } = await create();
    expect(await ended(operationId)).toMatchObject({ state: 'succeeded' });
    expect(await seen(vmId)).toMatchObject([{ power: 'on' }]);
  }, 90_000);

  it('a resize whose answer is lost after its effect ends well and counts once', async () => {
    const { vmId, operationId } = await create({ poweredOn: false });
    await ended(operationId);
    const lost = stack.proxy.add(dropAfter(), { operation: 'ReconfigVM_Task', times: 1 });
    const answer = await door.http('PATCH', `/v1/vms/${vmId}`, { cpus: 3, memoryMib: 3072 });
    expect(answer.status).toBe(202);
    expect(await ended(operationOf(answer))).toMatchObject({ state: 'succeeded' });
    expect(lost.hits).toBe(1);
    expect(await seen(vmId)).toMatchObject([{ cpus: 3, memoryMib: 3072 }]);
    expect(await vm(vmId)).toMatchObject({ cpus: 3, memoryMib: 3072 });
  }, 90_000);
});
