import { reference } from './managed.object';
import { PropertyCollector } from './property.collector';
import { ScriptedCaller, type Answer } from './testing/scripted.caller';
import { VimFault } from './vim.errors';

const VM = reference('VirtualMachine', 'vm-1');

function page(names: readonly string[], token?: string): object {
  const objects = names.map((name) => ({
    obj: reference('VirtualMachine', name),
    propSet: [{ name: 'name', val: name }],
  }));
  return token === undefined ? { objects } : { objects, token };
}

function aCollector(answers: Readonly<Record<string, Answer>>): {
  caller: ScriptedCaller;
  collector: PropertyCollector;
} {
  const caller = new ScriptedCaller(answers);
  return { caller, collector: new PropertyCollector(caller) };
}

/** Answers one after the other; the last one for ever. */
function inTurn(...answers: readonly (() => unknown)[]): Answer {
  let turn = 0;
  return () => answers[Math.min(turn++, answers.length - 1)]?.();
}

const tokenLost = (fault: string) => (): never => {
  throw new VimFault(fault, 'ContinueRetrievePropertiesEx', '');
};

describe('the property collector', () => {
  it('follows the token from page to page', async () => {
    const { caller, collector } = aCollector({
      RetrievePropertiesEx: () => page(['a', 'b'], 't1'),
      ContinueRetrievePropertiesEx: inTurn(
        () => page(['c'], 't2'),
        () => page(['d']),
      ),
    });
    const found = await collector.retrieve([{}], { pageSize: 2 });
    expect(found.map(({ properties }) => properties['name'])).toEqual(['a', 'b', 'c', 'd']);
    expect(caller.calls[0]?.parameters['options']).toEqual({ maxObjects: 2 });
    expect(caller.calls.slice(1).map(({ parameters }) => parameters['token'])).toEqual(['t1', 't2']);
  });

  it('keeps of each page what is wanted', async () => {
    const { collector } = aCollector({
      RetrievePropertiesEx: () => page(['a', 'b'], 't1'),
      ContinueRetrievePropertiesEx: () => page(['c', 'd']),
    });
    const found = await collector.retrieve([{}], { keep: ({ ref }) => 'bc'.includes(ref.value) });
    expect(found.map(({ ref }) => ref.value)).toEqual(['b', 'c']);
  });

  it.each(['NotAuthenticated', 'InvalidArgument'])('begins again once when the token is lost (%s)', async (fault) => {
    const { caller, collector } = aCollector({
      RetrievePropertiesEx: () => page(['a'], 't'),
      ContinueRetrievePropertiesEx: inTurn(tokenLost(fault), () => page(['b'])),
    });
    const found = await collector.retrieve([{}]);
    expect(found.map(({ ref }) => ref.value)).toEqual(['a', 'b']);
    expect(caller.count('RetrievePropertiesEx')).toBe(2);
  });

  it('does not begin again after other faults', async () => {
    const { caller, collector } = aCollector({
      RetrievePropertiesEx: () => {
        throw new VimFault('InvalidArgument', 'RetrievePropertiesEx', '');
      },
    });
    await expect(collector.retrieve([{}])).rejects.toMatchObject({ fault: 'InvalidArgument' });
    expect(caller.count('RetrievePropertiesEx')).toBe(1);
  });

  it('gives up when the session ends half-way twice', async () => {
    const { collector } = aCollector({
      RetrievePropertiesEx: () => page(['a'], 't'),
      ContinueRetrievePropertiesEx: tokenLost('NotAuthenticated'),
    });
    await expect(collector.retrieve([{}])).rejects.toMatchObject({ fault: 'NotAuthenticated' });
  });

  it('tells the server when it does not want the rest', async () => {
    const { caller, collector } = aCollector({
      RetrievePropertiesEx: () => page(['a'], 't'),
      CancelRetrievePropertiesEx: () => undefined,
    });
    for await (const first of collector.pages([{}])) {
      expect(first).toHaveLength(1);
      break;
    }
    expect(caller.calls.at(-1)).toMatchObject({ operation: 'CancelRetrievePropertiesEx', parameters: { token: 't' } });
  });

  it('reads an answer without objects as nothing', async () => {
    const { collector } = aCollector({ RetrievePropertiesEx: () => undefined });
    expect(await collector.retrieve([{}])).toEqual([]);
  });

  it('says for one object why a property could not be read', async () => {
    const fault = { fault: { $type: 'NoPermission', privilegeId: 'System.Read' }, localizedMessage: 'Denied.' };
    const object = {
      obj: VM,
      propSet: [{ name: 'name', val: 'a' }],
      missingSet: [{ path: 'config.extraConfig', fault }],
    };
    const { collector } = aCollector({ RetrievePropertiesEx: () => ({ objects: [object] }) });
    await expect(collector.properties(VM, ['name', 'config.extraConfig'])).rejects.toMatchObject({
      fault: 'NoPermission',
      detail: { privilegeId: 'System.Read' },
    });
  });

  it('never takes an object that did not come for one without properties', async () => {
    const { collector } = aCollector({ RetrievePropertiesEx: () => ({ objects: [] }) });
    await expect(collector.properties(VM, ['name'])).rejects.toMatchObject({
      fault: 'ManagedObjectNotFound',
      detail: { obj: VM },
    });
  });

  it('leaves an unset property out', async () => {
    const { collector } = aCollector({ RetrievePropertiesEx: () => page(['vm-1']) });
    expect(await collector.properties(VM, ['name', 'guest.ipAddress'])).toEqual({ name: 'vm-1' });
  });

  it('reads many objects by fifty and does not stumble over one that is gone', async () => {
    const { caller, collector } = aCollector({
      RetrievePropertiesEx: ({ parameters }) => {
        const [spec] = parameters['specSet'] as [{ objectSet: { obj: { value: string } }[] }];
        return page(spec.objectSet.map(({ obj }) => obj.value).filter((value) => value !== 'vm-7'));
      },
    });
    const refs = Array.from({ length: 120 }, (_, index) => reference('VirtualMachine', `vm-${index}`));
    const found = await collector.propertiesOfAll(refs, ['name']);
    expect(found).toHaveLength(119);
    const specs = caller.calls.map(({ parameters }) => (parameters['specSet'] as [Record<string, unknown>])[0]);
    expect(specs.map((spec) => (spec['objectSet'] as unknown[]).length)).toEqual([50, 50, 20]);
    expect(specs.every((spec) => spec['reportMissingObjectsInResults'] === true)).toBe(true);
  });
});
