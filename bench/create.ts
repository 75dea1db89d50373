import { call, report, withStack, type BenchStack } from './stack';

const count = 100;

/** From the request until the operation has ended, for many VMs at once: seconds in all and per VM. */
async function measure(stack: BenchStack): Promise<unknown> {
  const projectId = Object.values(stack.projects)[0];
  const startedAt = performance.now();
  const asked = await Promise.all(
    Array.from({ length: count }, (_, n) =>
      call(stack, 'POST', '/v1/vms', { projectId, name: `c-${n}`, image: 'debian-12', size: 'small' }),
    ),
  );
  const open = new Set(asked.map((vm) => String(vm['operationId'])));
  const states: Record<string, number> = {};
  while (open.size > 0) {
    const page = (await call(stack, 'GET', '/v1/operations?pageSize=1000')) as { items: Record<string, unknown>[] };
    for (const operation of page.items) {
      if (operation['done'] !== true || !open.delete(String(operation['id']))) continue;
      states[String(operation['state'])] = (states[String(operation['state'])] ?? 0) + 1;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    vms: count,
    seconds: Math.round(seconds * 100) / 100,
    perSecond: Math.round((count / seconds) * 10) / 10,
    states,
  };
}

void withStack([], {}, measure).then((figures) => {
  report('create', figures);
});
