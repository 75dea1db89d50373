import { vmIdSchema, type DeleteCommand, type OperationId, type SiteName } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { randomUUID } from 'node:crypto';

/** What every command that changes something says; alone it is a delete command. */
export function aCommand(overrides: Partial<DeleteCommand> = {}): DeleteCommand {
  const instanceId = overrides.instanceId ?? vmIdSchema.parse(randomUUID());
  return {
    operationId: newId() as OperationId,
    attempt: 1,
    site: 'lab' as SiteName,
    instanceId,
    instanceNumber: 1,
    ownership: { installation: 'kit', tenant: 'tenant-a', project: 'project-a', instance: instanceId },
    nativeIds: [],
    budgetMs: 30_000,
    ...overrides,
  };
}
