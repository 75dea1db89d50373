import { readFileSync } from 'node:fs';
import { Language, Parser, type Node } from 'web-tree-sitter';
import { cmdlets } from '../cmdlets/table';
import { Vmm } from '../model/vmm';
import { CmdletEndpoint } from '../stub/endpoint';
import { stubModule } from '../stub/module';

function everyNode(node: Node): Node[] {
  return [node, ...node.children.filter((child) => child !== null).flatMap(everyNode)];
}

describe('the stub of the vendor’s module', () => {
  it('is PowerShell, with one function for each cmdlet of the table', async () => {
    await Parser.init();
    const parser = new Parser();
    parser.setLanguage(
      await Language.load(readFileSync(require.resolve('tree-sitter-powershell/tree-sitter-powershell.wasm'))),
    );
    const tree = parser.parse(stubModule());
    if (tree === null) throw new Error('The module was not parsed');
    const nodes = everyNode(tree.rootNode);
    expect(nodes.filter(({ type, isMissing }) => type === 'ERROR' || isMissing).map(({ text }) => text)).toEqual([]);
    const names = nodes.filter(({ type }) => type === 'function_name').map(({ text }) => text);
    expect(names.sort()).toEqual(['Invoke-SimCmdlet', ...[...cmdlets.values()].map(({ name }) => name)].sort());
  });

  describe('speaks to an endpoint that', () => {
    const vmm = new Vmm({ vms: 1 });
    let endpoint: CmdletEndpoint;
    beforeAll(async () => (endpoint = await CmdletEndpoint.listen(vmm)));
    afterAll(async () => {
      await endpoint.close();
      vmm.stop();
    });

    interface Reply {
      readonly objects?: readonly Readonly<Record<string, unknown>>[];
      readonly error?: { readonly fqid: string };
    }

    async function call(cmdlet: string, args: Readonly<Record<string, unknown>> = {}, session = 1): Promise<Reply> {
      const body = JSON.stringify({ session, cmdlet, args });
      const response = await fetch(`${endpoint.url}/cmdlet`, { method: 'POST', body });
      return (await response.json()) as Reply;
    }

    it('demands a connection of each session', async () => {
      expect((await call('Get-SCVMHost')).error?.fqid).toMatch(/^1615,/);
      await call('Get-SCVMMServer', { ComputerName: 'localhost' });
      expect((await call('Get-SCVMHost')).objects).toHaveLength(3);
      expect((await call('Get-SCVMHost', {}, 2)).error?.fqid).toMatch(/^1615,/);
    });

    it('takes back the objects that it gave out', async () => {
      await call('Get-SCVMMServer', { ComputerName: 'localhost' });
      const [vm] = (await call('Get-SCVirtualMachine')).objects ?? [];
      expect(vm).toMatchObject({
        Name: 'stranger-1',
        Status: 'PowerOff',
        VMHost: { VMHostGroup: { Path: 'All Hosts\\lab' } },
      });
      const [started] = (await call('Start-SCVirtualMachine', { VM: { handle: vm?.['SimHandle'] } })).objects ?? [];
      expect(started).toMatchObject({ SimHandle: vm?.['SimHandle'], Status: 'Running' });
      expect((await call('Start-SCVirtualMachine', { VM: { handle: 4711 } })).error?.fqid).toBe(
        'CannotConvertArgumentNoMessage,Start-SCVirtualMachine',
      );
    });

    it('knows no other way in', async () => {
      expect((await fetch(`${endpoint.url}/other`, { method: 'POST' })).status).toBe(404);
      expect((await fetch(`${endpoint.url}/cmdlet`)).status).toBe(404);
    });
  });
});
