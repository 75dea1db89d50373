import { z } from 'zod';
import { approvalSchema } from '../domain/approval';
import {
  imageSchema,
  projectSchema,
  publisherSchema,
  siteResourcesSchema,
  siteSchema,
  sizeSchema,
  tenantSchema,
} from '../domain/directory';
import { operationSchema } from '../domain/operation';
import { quotaSchema } from '../domain/quota';
import { vmSchema } from '../domain/vm';
import { deadLetterSchema } from '../messages/admin';
import * as admin from './admin.schema';
import { createVmSchema, powerVmSchema } from './vm.schema';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One route: the only source for routing, authorization, validation and OpenAPI. `roles: 'public'` needs no token. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly tag: string;
  readonly roles: readonly admin.Role[] | 'public';
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly status: number;
  readonly response: z.ZodType | null;
  /** Whether an Idempotency-Key header is honoured. */
  readonly idempotent?: boolean;
  readonly contentType?: string;
}

/** A page of a list; a token is opaque and belongs to its filters. */
export const pageOf = <S extends z.ZodType>(
  item: S,
): z.ZodObject<{ items: z.ZodArray<S>; nextPageToken: z.ZodNullable<z.ZodString> }> =>
  z.object({ items: z.array(item), nextPageToken: z.string().nullable() });

const idParams = z.strictObject({ id: z.uuid() });
const nameParams = z.strictObject({ name: z.string().max(63) });
const paging = {
  pageSize: z.coerce.number().int().min(1).max(1000).default(50),
  pageToken: z.string().max(1024).optional(),
};
const page = z.strictObject(paging);
const operationStates = operationSchema.shape.state;

const everyone = ['platform-admin', 'tenant-admin', 'approver', 'developer', 'auditor', 'service'] as const;
const writers = ['platform-admin', 'tenant-admin', 'developer', 'service'] as const;
const tenantAdmins = ['platform-admin', 'tenant-admin'] as const;
const platformAdmins = ['platform-admin'] as const;

type Extra = Partial<Pick<Route, 'params' | 'query' | 'body' | 'status' | 'idempotent' | 'contentType'>>;
const route = <const M extends Method, const P extends string>(
  [method, path]: readonly [M, P],
  [operationId, tag, summary]: readonly [string, string, string],
  access: { roles: Route['roles']; response: z.ZodType | null },
  extra: Extra = {},
): Route => ({ method, path, operationId, tag, summary, ...access, status: 200, ...extra });

/** The HTTP surface of the gateway. */
export const routes = {
  createTenant: route(
    ['POST', '/v1/tenants'],
    ['createTenant', 'tenants', 'Create a tenant'],
    { roles: platformAdmins, response: tenantSchema },
    { body: admin.createTenantSchema, status: 201 },
  ),
  listTenants: route(
    ['GET', '/v1/tenants'],
    ['listTenants', 'tenants', 'List tenants'],
    { roles: everyone, response: pageOf(tenantSchema) },
    { query: page },
  ),
  getTenant: route(
    ['GET', '/v1/tenants/:id'],
    ['getTenant', 'tenants', 'Read a tenant'],
    { roles: everyone, response: tenantSchema },
    { params: idParams },
  ),

  createProject: route(
    ['POST', '/v1/projects'],
    ['createProject', 'projects', 'Create a project bound to a site'],
    { roles: tenantAdmins, response: projectSchema },
    { body: admin.createProjectSchema, status: 201 },
  ),
  listProjects: route(
    ['GET', '/v1/projects'],
    ['listProjects', 'projects', 'List projects'],
    { roles: everyone, response: pageOf(projectSchema) },
    { query: page },
  ),
  getProject: route(
    ['GET', '/v1/projects/:id'],
    ['getProject', 'projects', 'Read a project'],
    { roles: everyone, response: projectSchema },
    { params: idParams },
  ),
  updateProject: route(
    ['PATCH', '/v1/projects/:id'],
    ['updateProject', 'projects', "Change a project's name or policy"],
    { roles: tenantAdmins, response: projectSchema },
    { params: idParams, body: admin.updateProjectSchema },
  ),
  getProjectQuota: route(
    ['GET', '/v1/projects/:id/quotas'],
    ['getProjectQuota', 'quotas', "Read a project's quota and usage"],
    { roles: everyone, response: quotaSchema },
    { params: idParams },
  ),
  setProjectQuota: route(
    ['PUT', '/v1/projects/:id/quotas'],
    ['setProjectQuota', 'quotas', "Set a project's quota"],
    { roles: tenantAdmins, response: quotaSchema },
    { params: idParams, body: admin.setQuotaSchema },
  ),
  listQuotas: route(
    ['GET', '/v1/quotas'],
    ['listQuotas', 'quotas', 'List the quotas of tenants and projects'],
    { roles: everyone, response: pageOf(quotaSchema) },
    { query: page },
  ),
  getTenantQuota: route(
    ['GET', '/v1/tenants/:id/quotas'],
    ['getTenantQuota', 'quotas', "Read a tenant's quota and usage"],
    { roles: everyone, response: quotaSchema },
    { params: idParams },
  ),
  setTenantQuota: route(
    ['PUT', '/v1/tenants/:id/quotas'],
    ['setTenantQuota', 'quotas', "Set a tenant's quota"],
    { roles: platformAdmins, response: quotaSchema },
    { params: idParams, body: admin.setQuotaSchema },
  ),

  createSite: route(
    ['POST', '/v1/sites'],
    ['createSite', 'sites', 'Register a site'],
    { roles: platformAdmins, response: siteSchema },
    { body: admin.createSiteSchema, status: 201 },
  ),
  listSites: route(
    ['GET', '/v1/sites'],
    ['listSites', 'sites', 'List sites'],
    { roles: everyone, response: pageOf(siteSchema) },
    { query: page },
  ),
  getSite: route(
    ['GET', '/v1/sites/:name'],
    ['getSite', 'sites', 'Read a site'],
    { roles: everyone, response: siteSchema },
    { params: nameParams },
  ),
  updateSite: route(
    ['PATCH', '/v1/sites/:name'],
    ['updateSite', 'sites', 'Change or drain a site'],
    { roles: platformAdmins, response: siteSchema },
    { params: nameParams, body: admin.updateSiteSchema },
  ),
  getSiteResources: route(
    ['GET', '/v1/sites/:name/resources'],
    ['getSiteResources', 'sites', "Read a site's pools, storages, networks and images"],
    { roles: everyone, response: siteResourcesSchema },
    { params: nameParams },
  ),

  createImage: route(
    ['POST', '/v1/images'],
    ['createImage', 'catalogue', 'Name an image and its template per site'],
    { roles: platformAdmins, response: imageSchema },
    { body: admin.createImageSchema, status: 201 },
  ),
  listImages: route(
    ['GET', '/v1/images'],
    ['listImages', 'catalogue', 'List images'],
    { roles: everyone, response: pageOf(imageSchema) },
    { query: page },
  ),
  updateImage: route(
    ['PATCH', '/v1/images/:id'],
    ['updateImage', 'catalogue', "Change an image's templates"],
    { roles: platformAdmins, response: imageSchema },
    { params: idParams, body: admin.updateImageSchema },
  ),
  createSize: route(
    ['POST', '/v1/sizes'],
    ['createSize', 'catalogue', 'Create a size'],
    { roles: platformAdmins, response: sizeSchema },
    { body: admin.createSizeSchema, status: 201 },
  ),
  listSizes: route(
    ['GET', '/v1/sizes'],
    ['listSizes', 'catalogue', 'List sizes'],
    { roles: everyone, response: pageOf(sizeSchema) },
    { query: page },
  ),

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
    { query: z.strictObject({ ...paging, projectId: z.uuid().optional(), name: z.string().max(63).optional() }) },
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
    { query: z.strictObject({ ...paging, vmId: z.uuid().optional(), state: operationStates.optional() }) },
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

  createPublisher: route(
    ['POST', '/v1/publishers'],
    ['createPublisher', 'publishers', 'Let a broker user publish requests for a tenant'],
    { roles: platformAdmins, response: publisherSchema },
    { body: admin.createPublisherSchema, status: 201 },
  ),
  listPublishers: route(
    ['GET', '/v1/publishers'],
    ['listPublishers', 'publishers', 'List publishers'],
    { roles: platformAdmins, response: pageOf(publisherSchema) },
    { query: page },
  ),
  createToken: route(
    ['POST', '/v1/tokens'],
    ['createToken', 'tokens', 'Create an API token'],
    { roles: tenantAdmins, response: admin.createdTokenSchema },
    { body: admin.createTokenSchema, status: 201 },
  ),
  revokeToken: route(
    ['DELETE', '/v1/tokens/:id'],
    ['revokeToken', 'tokens', 'Revoke an API token'],
    { roles: tenantAdmins, response: null },
    { params: z.strictObject({ id: z.string().regex(/^[a-z0-9]{1,32}$/) }), status: 204 },
  ),

  listDeadLetters: route(
    ['GET', '/v1/dead-letters'],
    ['listDeadLetters', 'dead-letters', 'List messages that could not be handled'],
    { roles: platformAdmins, response: z.object({ items: z.array(deadLetterSchema) }) },
    {
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(1000).default(50),
        before: z.string().max(64).optional(),
      }),
    },
  ),
  replayDeadLetter: route(
    ['POST', '/v1/dead-letters/:id/replay'],
    ['replayDeadLetter', 'dead-letters', 'Handle a dead letter again'],
    { roles: platformAdmins, response: deadLetterSchema },
    { params: idParams },
  ),

  streamEvents: route(
    ['GET', '/v1/events'],
    ['streamEvents', 'events', 'Follow changes as server-sent events; Last-Event-ID resumes'],
    { roles: everyone, response: null },
    { contentType: 'text/event-stream' },
  ),
  openApi: route(['GET', '/openapi.json'], ['openApi', 'meta', 'This document'], {
    roles: 'public',
    response: z.record(z.string(), z.unknown()),
  }),
  live: route(['GET', '/health/live'], ['live', 'meta', 'Whether the process runs'], {
    roles: 'public',
    response: z.object({ status: z.literal('ok') }),
  }),
  ready: route(['GET', '/health/ready'], ['ready', 'meta', 'Whether database and broker answer'], {
    roles: 'public',
    response: z.object({ status: z.enum(['ok', 'unavailable']), checks: z.record(z.string(), z.string()) }),
  }),
  metrics: route(
    ['GET', '/metrics'],
    ['metrics', 'meta', 'Prometheus metrics'],
    { roles: 'public', response: null },
    { contentType: 'text/plain' },
  ),
} as const satisfies Record<string, Route>;
export type RouteName = keyof typeof routes;
