import { z } from 'zod';
import { approvalSchema } from '../domain/approval';
import { operationSchema } from '../domain/operation';
import { lifecycleSchema, vmSchema } from '../domain/vm';
import * as admin from './admin.schema';
import { everyone, idParams, pageOf, paging, route, writers, type Route } from './route';
import { createVmSchema, powerVmSchema } from './vm.schema';

const operationStates = operationSchema.shape.state;

/** VMs, operations and approvals. */
export const workRoutes = {
  createVm: route(
    ['POST', '/v1/vms'],
    ['createVm', 'vms', 'Ask for a VM'],
    { roles: writers, response: vmSchema },
    { body: createVmSchema, status: 202, idempotent: true },
  ),
  listVms: route(
    ['GET', '/v1/vms'],
    ['listVms', 'vms', 'List VMs'],
    { roles: everyone, response: pageOf(vmSchema) },
    {
      query: z.strictObject({
        ...paging,
        projectId: z.uuid().toLowerCase().optional(),
        name: z.string().max(63).optional(),
        lifecycle: lifecycleSchema.optional(),
      }),
    },
  ),
  getVm: route(
    ['GET', '/v1/vms/:id'],
    ['getVm', 'vms', 'Read a VM'],
    { roles: everyone, response: vmSchema },
    { params: idParams },
  ),
  powerVm: route(
    ['POST', '/v1/vms/:id/power'],
    ['powerVm', 'vms', 'Switch a VM on, off, suspend, resume or restart it'],
    { roles: writers, response: vmSchema },
    { params: idParams, body: powerVmSchema, status: 202, idempotent: true },
  ),
  deleteVm: route(
    ['DELETE', '/v1/vms/:id'],
    ['deleteVm', 'vms', 'Delete a VM with its disks'],
    { roles: writers, response: vmSchema },
    { params: idParams, status: 202, idempotent: true },
  ),

  listOperations: route(
    ['GET', '/v1/operations'],
    ['listOperations', 'operations', 'List operations'],
    { roles: everyone, response: pageOf(operationSchema) },
    {
      query: z.strictObject({ ...paging, vmId: z.uuid().toLowerCase().optional(), state: operationStates.optional() }),
    },
  ),
  getOperation: route(
    ['GET', '/v1/operations/:id'],
    ['getOperation', 'operations', 'Read an operation'],
    { roles: everyone, response: operationSchema },
    { params: idParams },
  ),
  cancelOperation: route(
    ['POST', '/v1/operations/:id/cancel'],
    ['cancelOperation', 'operations', 'Cancel an operation'],
    { roles: writers, response: operationSchema },
    { params: idParams },
  ),

  listApprovals: route(
    ['GET', '/v1/approvals'],
    ['listApprovals', 'approvals', 'List approvals'],
    { roles: everyone, response: pageOf(approvalSchema) },
    { query: z.strictObject({ ...paging, state: approvalSchema.shape.state.optional() }) },
  ),
  getApproval: route(
    ['GET', '/v1/approvals/:id'],
    ['getApproval', 'approvals', 'Read an approval'],
    { roles: everyone, response: approvalSchema },
    { params: idParams },
  ),
  decideApproval: route(
    ['POST', '/v1/approvals/:id/decision'],
    ['decideApproval', 'approvals', 'Approve or reject a plan'],
    { roles: ['platform-admin', 'tenant-admin', 'approver'], response: approvalSchema },
    { params: idParams, body: admin.decideApprovalSchema },
  ),
} as const satisfies Record<string, Route>;
