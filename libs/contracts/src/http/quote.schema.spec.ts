import { createVmSchema } from './vm.schema';
import { projectIdsOf, quoteRequestSchema, requestOfQuote } from './quote.schema';

const [one, other] = ['0198aaaa-0000-7000-8000-000000000001', '0198aaaa-0000-7000-8000-000000000002'];
const body = { name: 'web-01', image: 'debian-12', cpus: 2, memoryMib: 2048 };
const pathsOf = (input: object): string[] =>
  (quoteRequestSchema.safeParse(input).error?.issues ?? []).map(({ path }) => path.join('/'));

describe('the body of a quote', () => {
  it('is the body of a VM, for one project or for several', () => {
    expect(pathsOf({ ...body, projectId: one })).toEqual([]);
    expect(pathsOf({ ...body, projectIds: [one, other] })).toEqual([]);
  });

  it('becomes, for each project, the very request', () => {
    const quoted = quoteRequestSchema.parse({ ...body, projectIds: [one, other] });
    const requests = projectIdsOf(quoted).map((id) => requestOfQuote(quoted, id));
    expect(requests).toEqual([one, other].map((projectId) => createVmSchema.parse({ ...body, projectId })));
  });

  it.each([
    ['no project', body, ['projectIds']],
    ['both kinds of project', { ...body, projectId: one, projectIds: [other] }, ['projectIds']],
    ['a project twice', { ...body, projectIds: [one, one] }, ['projectIds']],
    ['an empty list', { ...body, projectIds: [] }, ['projectIds']],
    ['eleven projects', { ...body, projectIds: Array.from({ length: 11 }, () => one) }, ['projectIds']],
    ['what a VM must not have', { ...body, projectId: one, size: 'small' }, ['size']],
    ['an unknown field', { ...body, projectId: one, colour: 'red' }, ['']],
  ])('is refused with %s', (_what, input, paths) => {
    expect(pathsOf(input)).toEqual(paths);
  });
});
