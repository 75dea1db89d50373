import { anImage, aProject, aSize } from '../../test/docs';
import { RecentDocs } from './recent-docs';
import type { ResourceRepository } from './resource.repository';

/** A repository that answers from the test's hand and counts. */
function repositoryOf(answer: () => unknown): { repository: ResourceRepository; asked: () => number } {
  let asked = 0;
  const find = (): Promise<unknown> => {
    asked += 1;
    return Promise.resolve().then(answer);
  };
  return { repository: { find, findNamed: find } as unknown as ResourceRepository, asked: () => asked };
}

describe('recent documents', () => {
  it('are asked for once by all who ask at the same time', async () => {
    const project = aProject();
    const { repository, asked } = repositoryOf(() => project);
    const recent = new RecentDocs(repository);
    const found = await Promise.all([1, 2, 3].map(() => recent.find({ tenantId: null }, 'project', project.id)));
    expect([found, asked()]).toEqual([[project, project, project], 1]);
  });

  it('are shown within the scope only, whoever asked first', async () => {
    const project = aProject();
    const recent = new RecentDocs(repositoryOf(() => project).repository);
    await recent.find({ tenantId: null }, 'project', project.id);
    expect(await recent.find({ tenantId: project.tenantId }, 'project', project.id)).toBe(project);
    expect(await recent.find({ tenantId: aProject().tenantId }, 'project', project.id)).toBeUndefined();
  });

  it('of the platform are shown to no tenant that they do not name', async () => {
    const [mine, other] = [aProject().tenantId, aProject().tenantId];
    const size = aSize({ visibility: { tenants: [mine] } });
    const recent = new RecentDocs(repositoryOf(() => size).repository);
    const sees = (tenantId: string | null): Promise<unknown> => recent.find({ tenantId }, 'size', 'small');
    expect([await sees(null), await sees(mine), await sees(other)]).toEqual([size, size, undefined]);
  });

  it('of the platform are shown to every tenant', async () => {
    const recent = new RecentDocs(repositoryOf(() => aSize()).repository);
    expect(await recent.find({ tenantId: aProject().tenantId }, 'size', 'small')).toEqual(aSize());
  });

  it('that are not there, or could not be read, are asked for again', async () => {
    const project = aProject();
    const answers = [
      () => undefined,
      (): never => {
        throw new Error('away');
      },
      () => project,
    ];
    const { repository, asked } = repositoryOf(() => answers[asked() - 1]?.());
    const recent = new RecentDocs(repository);
    const find = (): Promise<unknown> => recent.find({ tenantId: null }, 'project', project.id);
    expect(await find()).toBeUndefined();
    await expect(find()).rejects.toThrow('away');
    expect(await find()).toBe(project);
  });

  it('are read anew once they are forgotten', async () => {
    const { repository, asked } = repositoryOf(() => anImage());
    const recent = new RecentDocs(repository);
    const all = { tenantId: null };
    await recent.find(all, 'image', 'debian-12');
    await recent.find(all, 'image', 'debian-12');
    expect(asked()).toBe(1);
    recent.forget('image', 'debian-12');
    await recent.find(all, 'image', 'debian-12');
    expect(asked()).toBe(2);
  });
});
