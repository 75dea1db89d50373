import * as schema from './notification.schema';
import { everyone, route, type Route } from './route';

const personPlace = { params: schema.personParams, query: schema.personQuery };

/** Whom to notify, and the links in what they get. */
export const notificationRoutes = {
  getPerson: route(
    ['GET', '/v1/people/:principal'],
    ['getPerson', 'people', 'Read where a person of the tenant is written to'],
    { roles: everyone, response: schema.personSchema },
    personPlace,
  ),
  setPerson: route(
    ['PUT', '/v1/people/:principal'],
    ['setPerson', 'people', 'Say where a person of the tenant is written to'],
    { roles: everyone, response: schema.personSchema },
    { ...personPlace, body: schema.setPersonSchema },
  ),
  deletePerson: route(
    ['DELETE', '/v1/people/:principal'],
    ['deletePerson', 'people', 'Forget where a person is written to; links that were sent there no longer work'],
    { roles: everyone, response: null },
    { ...personPlace, status: 204 },
  ),

  showApprovalLink: route(
    ['GET', '/v1/approval-links/:token'],
    [
      'showApprovalLink',
      'approval-links',
      'Show the question that a link in a mail is about; nothing is decided by it',
    ],
    { roles: 'public', response: null },
    { params: schema.approvalLinkParams, contentType: 'text/html' },
  ),
  decideApprovalLink: route(
    ['POST', '/v1/approval-links/:token'],
    ['decideApprovalLink', 'approval-links', 'Decide by a link in a mail, once'],
    { roles: 'public', response: null },
    { params: schema.approvalLinkParams, body: schema.approvalLinkFormSchema, form: true, contentType: 'text/html' },
  ),
} as const satisfies Record<string, Route>;
