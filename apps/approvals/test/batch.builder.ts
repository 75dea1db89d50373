import type { CreateVmInput, Operation, OperationId, Policy } from '@dcm/contracts';
import { memberIdOf } from '@dcm/runtime';
import type { Home, OperationsStand } from './operations-stand';

/** Two VMs of two vCPUs need nobody, and three do. */
export const thresholds: Policy = { autoApprove: { maxVcpus: 5 }, approvalTtlHours: 72, onExpiry: 'reject' };

export const three = [1, 2, 3];

/** The operations of a request for several, the first's id first. */
export const idsOf = (first: OperationId, count = 3): OperationId[] =>
  Array.from({ length: count }, (_, position) => memberIdOf(first, position + 1));

/** Asks for three VMs called web-1 to web-3, unless told otherwise. */
export const askForThree = (
  stand: OperationsStand,
  home: Home,
  fields: Partial<CreateVmInput> = {},
  options: { id?: string } = {},
): Promise<OperationId> => stand.create(home, { name: 'web', count: 3, ...fields }, options);

/** Waits until all operations of a request are in a state. */
export const untilAll = (
  stand: OperationsStand,
  first: OperationId,
  state: Operation['state'],
  count = 3,
): Promise<Operation[]> => Promise.all(idsOf(first, count).map((id) => stand.until(id, state)));

/** The names of a project's VMs, also of those that ended. */
export const namesIn = async (stand: OperationsStand, { projectId }: Home): Promise<string[]> => {
  const sql = 'SELECT name FROM approvals.vm WHERE project_id = $1 ORDER BY name';
  return (await stand.rows<{ name: string }>(sql, [projectId])).map(({ name }) => name);
};
