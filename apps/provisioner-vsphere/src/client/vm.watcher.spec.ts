import { reference } from './managed.object';
import { ScriptedCaller } from './testing/scripted.caller';
import { VimFault, VimTransportError } from './vim.errors';
import { VmWatcher } from './vm.watcher';

const vm = (id: number) => reference('VirtualMachine', `vm-${id}`);
const set = (version: string, ids: number[], more: object = {}) => ({
  version,
  filterSet: [{ objectSet: ids.map((id) => ({ kind: 'modify', obj: vm(id), changeSet: [] })) }],
  ...more,
});
const fault = (name: string): VimFault => new VimFault(name, 'WaitForUpdatesEx', '');
const cut = new VimTransportError('ECONNRESET', 'WaitForUpdatesEx', { requestSent: true });
const silence = { isEnd: true } as const;

/** A vCenter that answers polls as a list says; at the end of the list it says nothing any more. */
function aVcenter(answers: unknown[], others: Record<string, () => unknown> = {}) {
  const stop = new AbortController();
  let serial = 0;
  const made = (type: string) => () => reference(type, `${type}-${(serial += 1)}`);
  const caller = new ScriptedCaller({
    CreatePropertyCollector: made('PropertyCollector'),
    CreateContainerView: made('ContainerView'),
    CreateFilter: made('PropertyFilter'),
    DestroyPropertyCollector: () => undefined,
    DestroyView: () => undefined,
    WaitForUpdatesEx: ({ options }) => {
      const answer = answers.length > 0 ? answers.shift() : silence;
      if (answer instanceof Error) throw answer;
      if (answer !== silence) return answer;
      stop.abort();
      throw options.signal?.reason;
    },
    ...others,
  });
  return { caller, stop };
}

async function told(answers: unknown[], others?: Record<string, () => unknown>) {
  const { caller, stop } = aVcenter(answers, others);
  const seen: string[][] = [];
  for await (const refs of new VmWatcher(caller, { maxOutageMs: 5_000 }).changes(stop.signal)) {
    seen.push(refs.map(({ value }) => value));
  }
  return { seen, caller };
}

describe('the changes of VMs', () => {
  it('begin after everything was shown once, in however many answers', async () => {
    const answers = [
      set('1', [1, 2], { truncated: true }),
      set('2', [3]),
      undefined,
      set('3', [2, 2, 3], { truncated: true }),
      set('4', [1]),
    ];
    const { seen, caller } = await told(answers);
    expect(seen).toEqual([['vm-2', 'vm-3'], ['vm-1']]);
    const versions = caller.calls.filter(({ operation }) => operation === 'WaitForUpdatesEx');
    expect(versions.map(({ parameters }) => parameters['version'])).toEqual(['', '1', '2', '2', '3', '4']);
    expect(versions[0]?.parameters['options']).toEqual({ maxWaitSeconds: 60, maxObjectUpdates: 25 });
  });

  it.each([
    ['a session that is over', fault('NotAuthenticated')],
    ['a version that is too old', fault('InvalidCollectorVersion')],
    ['a view that is gone', new VimFault('ManagedObjectNotFound', 'WaitForUpdatesEx', '', { obj: vm(9) })],
    ['an answer that was lost', cut],
  ])('go on after %s, with a collector and a view of their own', async (_title, loss) => {
    const { seen, caller } = await told([set('1', [1]), loss, set('1', [1]), set('2', [2])]);
    expect(seen).toEqual([['vm-2']]);
    for (const operation of ['CreatePropertyCollector', 'CreateContainerView', 'DestroyPropertyCollector']) {
      expect(caller.count(operation)).toBe(2);
    }
  });

  it('take properties that nobody may read for the end of the session', async () => {
    const missing = { fault: { $type: 'NotAuthenticated' }, localizedMessage: '' };
    const objectSet = [{ kind: 'enter', obj: vm(1), changeSet: [], missingSet: [{ path: 'name', fault: missing }] }];
    const { seen, caller } = await told([{ version: '1', filterSet: [{ objectSet }] }, set('1', [1]), set('2', [2])]);
    expect(seen).toEqual([['vm-2']]);
    expect(caller.count('CreateContainerView')).toBe(2);
  });

  it('leave nothing behind when the view cannot be had', async () => {
    const refuse = (): never => {
      throw fault('NoPermission');
    };
    const { caller, stop } = aVcenter([], { CreateContainerView: refuse });
    await expect(new VmWatcher(caller).changes(stop.signal).next()).rejects.toMatchObject({ fault: 'NoPermission' });
    expect(caller.count('DestroyPropertyCollector')).toBe(1);
  });

  it('fail when the server stays silent for too long, and at once when the client was closed', async () => {
    const always = { CreatePropertyCollector: () => Promise.reject(cut) };
    const { caller, stop } = aVcenter([], always);
    const impatient = new VmWatcher(caller, { maxOutageMs: 0 });
    await expect(impatient.changes(stop.signal).next()).rejects.toBe(cut);
    const closed = new VimTransportError('CLIENT_CLOSED', 'WaitForUpdatesEx', { requestSent: false });
    const { caller: gone, stop: end } = aVcenter([closed]);
    await expect(new VmWatcher(gone).changes(end.signal).next()).rejects.toBe(closed);
  });

  it('end quietly when they are not wanted any more', async () => {
    const { caller } = aVcenter([]);
    expect(await new VmWatcher(caller).changes(AbortSignal.abort()).next()).toEqual({ done: true, value: undefined });
    expect(caller.calls).toEqual([]);
  });
});
