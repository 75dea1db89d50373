import { policyRuleSchema } from '../domain/policy';
import { createPolicySchema, policyTrialsSchema, replacePolicySchema, tryPoliciesSchema } from './policy.schema';
import { everyone, idParams, page, pageOf, route, tenantAdmins, type Route } from './route';

/** Rules that decide about requests. */
export const policyRoutes = {
  createPolicy: route(
    ['POST', '/v1/policies'],
    ['createPolicy', 'policies', 'Add a rule for the platform, a tenant or a project'],
    { roles: tenantAdmins, response: policyRuleSchema },
    { body: createPolicySchema, status: 201 },
  ),
  listPolicies: route(
    ['GET', '/v1/policies'],
    ['listPolicies', 'policies', 'List the rules that hold here'],
    { roles: everyone, response: pageOf(policyRuleSchema) },
    { query: page },
  ),
  getPolicy: route(
    ['GET', '/v1/policies/:id'],
    ['getPolicy', 'policies', 'Read a rule'],
    { roles: everyone, response: policyRuleSchema },
    { params: idParams },
  ),
  replacePolicy: route(
    ['PUT', '/v1/policies/:id'],
    ['replacePolicy', 'policies', 'Replace a rule; its scope stays'],
    { roles: tenantAdmins, response: policyRuleSchema },
    { params: idParams, body: replacePolicySchema },
  ),
  deletePolicy: route(
    ['DELETE', '/v1/policies/:id'],
    ['deletePolicy', 'policies', 'Delete a rule'],
    { roles: tenantAdmins, response: null },
    { params: idParams, status: 204 },
  ),
  tryPolicies: route(
    ['POST', '/v1/policies/try'],
    ['tryPolicies', 'policies', 'Try rules on past requests or on a sample, without any effect'],
    { roles: tenantAdmins, response: policyTrialsSchema },
    { body: tryPoliciesSchema },
  ),
} as const satisfies Record<string, Route>;
