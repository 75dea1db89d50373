import type { StackFile } from './stack.file';

const curlFor = (stack: StackFile, projectId: string): string =>
  [
    `curl -sS -X POST ${stack.gateway.url}/v1/vms \\`,
    `  -H 'Authorization: Bearer ${stack.token}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '{"projectId":"${projectId}","name":"web-01","image":"debian-12","size":"small"}'`,
  ].join('\n');

const siteLine = ([name, site]: [string, StackFile['sites'][string]]): string =>
  `  ${name.padEnd(16)} ${site.platform.padEnd(10)} ${site.url}`;

/** The one screen of `npm start`. Notes say what was left out and why. */
export function screen(stack: StackFile, notes: readonly string[]): string {
  const project = Object.values(stack.projects)[0];
  return [
    '',
    'DCM is ready.',
    '',
    `  API        ${stack.gateway.url}/v1   (OpenAPI: ${stack.gateway.url}/openapi.json)`,
    `  Token      ${stack.token}`,
    `  AMQP       ${stack.amqpUrl === null ? 'none: in-process broker, for trying DCM out' : stack.amqpUrl.replace(/:[^:@/]*@/, ':***@')}`,
    `  Database   ${stack.databaseUrl.replace(/:[^:@/]*@/, ':***@')}`,
    '  Sites',
    ...Object.entries(stack.sites).map(siteLine),
    ...notes.map((note) => `  NOTE: ${note}`),
    '',
    ...(project === undefined ? [] : ['Ask for a VM:', '', curlFor(stack, project), '']),
    'Follow it at the Operation-Location of the answer; .dcm/stack.json tells tools the rest. Stop with Ctrl-C or npm stop.',
    '',
  ].join('\n');
}
