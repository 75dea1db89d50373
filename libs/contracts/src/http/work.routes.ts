import { z } from 'zod';
import { approvalSchema } from '../domain/approval';
import { operationSchema } from '../domain/operation';
import { lifecycleSchema, snapshotSchema, vmSchema } from '../domain/vm';
import * as admin from './admin.schema';
import { quoteRequestSchema, quotesSchema } from './quote.schema';
import { everyone, idParams, page, pageOf, paging, route, writers, writersAndApprovers, type Route } from './route';
import { consoleSchema, createdVmSchema, createSnapshotSchema, createVmSchema, powerVmSchema } from './vm.schema';
import { resizeVmSchema, resubmitSchema } from './vm.schema';

const snapshotParams = z.strictObject({ id: z.uuid().toLowerCase(), snapshotId: z.uuid().toLowerCase() });

const operationStates = operationSchema.shape.state;

/** VMs, operations and approvals. */
export const workRoutes = {
  createVm: route(
    ['POST', '/v1/vms'],
    ['createVm', 'vms', 'Ask for a VM, or for several equal ones'],
    { roles: writers, response: createdVmSchema },
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
  resizeVm: route(
    ['PATCH', '/v1/vms/:id'],
    ['resizeVm', 'vms', 'Change size, disks, labels or protection of a VM'],
    { roles: writers, response: vmSchema },
    { params: idParams, body: resizeVmSchema, status: 202, idempotent: true },
  ),
  listSnapshots: route(
    ['GET', '/v1/vms/:id/snapshots'],
    ['listSnapshots', 'vms', 'List the snapshots of a VM'],
    { roles: everyone, response: pageOf(snapshotSchema) },
    { params: idParams, query: page },
  ),
  createSnapshot: route(
    ['POST', '/v1/vms/:id/snapshots'],
    ['createSnapshot', 'vms', 'Make a snapshot of a VM'],
    { roles: writers, response: vmSchema },
    { params: idParams, body: createSnapshotSchema, status: 202, idempotent: true },
  ),
  revertSnapshot: route(
    ['POST', '/v1/vms/:id/snapshots/:snapshotId/revert'],
    ['revertSnapshot', 'vms', 'Take a VM back to a snapshot'],
    { roles: writers, response: vmSchema },
    { params: snapshotParams, status: 202, idempotent: true },
  ),
  removeSnapshot: route(
    ['DELETE', '/v1/vms/:id/snapshots/:snapshotId'],
    ['removeSnapshot', 'vms', 'Remove a snapshot; the VM stays as it is'],
    { roles: writers, response: vmSchema },
    { params: snapshotParams, status: 202, idempotent: true },
  ),
  openConsole: route(
    ['POST', '/v1/vms/:id/console'],
    ['openConsole', 'vms', "Open a VM's console for a short while"],
    { roles: writers, response: consoleSchema },
    { params: idParams },
  ),
  deleteVm: route(
    ['DELETE', '/v1/vms/:id'],
    ['deleteVm', 'vms', 'Delete a VM with its disks'],
    { roles: writers, response: vmSchema },
    { params: idParams, status: 202, idempotent: true },
  ),

  createQuotes: route(
    ['POST', '/v1/quotes'],
    [
      'createQuotes',
      'quotes',
      'See what a VM would be, cost and need in one project or several, without asking for it',
    ],
    { roles: writersAndApprovers, response: quotesSchema },
    { body: quoteRequestSchema },
  ),

  listOperations: route(
    ['GET', '/v1/operations'],
    ['listOperations', 'operations', 'List operations'],
    { roles: everyone, response: pageOf(operationSchema) },
    {
      query: z.strictObject({
        ...paging,
        vmId: z.uuid().toLowerCase().optional(),
        batchId: z.uuid().toLowerCase().optional(),
        state: operationStates.optional(),
      }),
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

  retryOperation: route(
    ['POST', '/v1/operations/:id/retry'],
    ['retryOperation', 'operations', 'Try a waiting operation now instead of after its back-off'],
    { roles: writers, response: operationSchema },
    { params: idParams },
  ),
  resubmitOperation: route(
    ['POST', '/v1/operations/:id/resubmit'],
    ['resubmitOperation', 'operations', 'Ask once more for what an operation ended without'],
    { roles: writers, response: operationSchema },
    { params: idParams, body: resubmitSchema, status: 202, idempotent: true },
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
    // A level may name anybody; approvals knows whom.
    { roles: everyone, response: approvalSchema },
    { params: idParams, body: admin.decideApprovalSchema },
  ),
} as const satisfies Record<string, Route>;
