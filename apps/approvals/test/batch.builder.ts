import type { AdminActor, AdminInput, Approval, CreateVmInput, Operation, OperationId, Policy } from '@dcm/contracts';
import { memberIdOf } from '@dcm/runtime';
import type { Home, OperationsStand } from './operations-stand';

/** Two VMs of two vCPUs need nobody, and three do. */
export const thresholds: Policy = { autoApprove: { maxVcpus: 5 }, approvalTtlHours: 72, onExpiry: 'reject' };

export const three = [1, 2, 3];

/** The operations of a request for several, the first's id first. */
export const idsOf = (first: OperationId, count = 3): OperationId[] =>
  Array.from({ length: count }, (_, position) => memberIdOf(first, position + 1));

/** The names of a project's VMs, also of those that ended. */
export const namesIn = async (stand: OperationsStand, { projectId }: Home): Promise<string[]> => {
  const sql = 'SELECT name FROM approvals.vm WHERE project_id = $1 ORDER BY name';
  return (await stand.rows<{ name: string }>(sql, [projectId])).map(({ name }) => name);
};

interface Scene {
  readonly stand: OperationsStand;
  readonly home: Home;
  /** Who may decide there. */
  readonly amy: AdminActor;
}

/** What specs of batches do. @param scene as it is at that time */
export function batchDoors(scene: () => Scene) {
  /** Asks for three VMs called web-1 to web-3, unless told otherwise. */
  const ask = (
    fields: Partial<CreateVmInput> = {},
    options: { id?: string } = {},
    { home }: Pick<Scene, 'home'> = scene(),
  ): Promise<OperationId> => scene().stand.create(home, { name: 'web', count: 3, ...fields }, options);
  return {
    ask,
    /** Waits until all operations of a request are in a state. */
    all: (first: OperationId, state: Operation['state'], count = 3): Promise<Operation[]> =>
      Promise.all(idsOf(first, count).map((id) => scene().stand.until(id, state))),
    asked: async (fields: Partial<CreateVmInput> = {}): Promise<{ first: OperationId; approval: Approval }> => {
      const { stand } = scene();
      const first = await ask(fields);
      await stand.until(first, 'pending_approval');
      return { first, approval: await stand.approvalOf(first) };
    },
    decide: (
      { id: approvalId, plan: { hash: planHash } }: Approval,
      decision: 'approve' | 'reject' = 'approve',
      actor = scene().amy,
    ): Promise<Approval> =>
      scene().stand.call('approval.decide', { approvalId, decision, planHash, comment: 'so be it' }, actor),
    limit: (limits: AdminInput<'admin.quota.set'>['limits']): Promise<unknown> =>
      scene().stand.call('admin.quota.set', { scope: 'project', id: scene().home.projectId, limits }),
    plansAsked: (): number => scene().home.provisioner.commands('plan').length,
  };
}
