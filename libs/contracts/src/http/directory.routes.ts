import { projectSchema, siteResourcesSchema, siteSchema, sizeSchema, tenantSchema } from '../domain/directory';
import { imageSchema } from '../domain/image';
import { quotaSchema } from '../domain/quota';
import { rateSchema } from '../domain/rate';
import * as admin from './admin.schema';
import { everyone, idParams, nameParams, page, pageOf, platformAdmins, route, tenantAdmins, type Route } from './route';

/** Tenants, projects with their quotas, sites and the catalogue. */
export const directoryRoutes = {
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
  scanSite: route(
    ['POST', '/v1/sites/:name/scan'],
    ['scanSite', 'sites', 'Read the inventory of a site and look for its VMs now'],
    { roles: platformAdmins, response: siteSchema },
    { params: nameParams, status: 202 },
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
    ['createImage', 'catalogue', 'Name an image, its template per site, its defaults and what it needs'],
    { roles: platformAdmins, response: imageSchema },
    { body: admin.createImageSchema, status: 201 },
  ),
  listImages: route(
    ['GET', '/v1/images'],
    ['listImages', 'catalogue', 'List images'],
    { roles: everyone, response: pageOf(imageSchema) },
    { query: page },
  ),
  getImage: route(
    ['GET', '/v1/images/:id'],
    ['getImage', 'catalogue', 'Read an image'],
    { roles: everyone, response: imageSchema },
    { params: idParams },
  ),
  updateImage: route(
    ['PATCH', '/v1/images/:id'],
    ['updateImage', 'catalogue', 'Change an image, or retire it'],
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
  getSize: route(
    ['GET', '/v1/sizes/:name'],
    ['getSize', 'catalogue', 'Read a size'],
    { roles: everyone, response: sizeSchema },
    { params: nameParams },
  ),
  updateSize: route(
    ['PATCH', '/v1/sizes/:name'],
    ['updateSize', 'catalogue', 'Say which tenants see a size'],
    { roles: platformAdmins, response: sizeSchema },
    { params: nameParams, body: admin.updateSizeSchema },
  ),

  createRate: route(
    ['POST', '/v1/rates'],
    ['createRate', 'rates', 'Say what things cost from a time on'],
    { roles: platformAdmins, response: rateSchema },
    { body: admin.createRateSchema, status: 201 },
  ),
  listRates: route(
    ['GET', '/v1/rates'],
    ['listRates', 'rates', 'List rates'],
    { roles: everyone, response: pageOf(rateSchema) },
    { query: page },
  ),
} as const satisfies Record<string, Route>;
