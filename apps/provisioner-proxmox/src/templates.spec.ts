import { PveRefusal } from './client/pve.errors';
import { Templates, type Asker } from './templates';

const image = { vmid: 9000, name: 'debian-12', node: 'pve1' };
const access: Asker = {
  signal: new AbortController().signal,
  requireTime: () => undefined,
  requireCaller: () => undefined,
};

describe('templates', () => {
  let calls: number;
  let answer: () => Promise<unknown>;
  let templates: Templates;

  beforeEach(() => {
    calls = 0;
    answer = () => Promise.resolve({ template: 1, digest: 'abc', sockets: 2 });
    templates = new Templates({
      get: () => {
        calls += 1;
        return answer();
      },
    });
  });

  it('are read once for all who ask before the reading begins, and anew for who asks later', async () => {
    const first = templates.read(access, image);
    const [second, third] = [templates.read(access, image), templates.read(access, { ...image, name: 'other' })];
    expect(await first).toMatchObject({ image, digest: 'abc', sockets: 2 });
    expect((await third)?.image.name).toBe('other');
    await second;
    expect(calls).toBe(2);
    await templates.read(access, { ...image, vmid: 9001 });
    expect(calls).toBe(3);
  });

  it('are none when the VM is gone or no template any more', async () => {
    answer = () => Promise.resolve({ digest: 'abc' });
    expect(await templates.read(access, image)).toBeUndefined();
    const text = "Configuration file 'nodes/pve1/qemu-server/9000.conf' does not exist";
    answer = () => Promise.reject(new PveRefusal('GET', { status: 500, text, scheme: 'token' }));
    expect(await templates.read(access, image)).toBeUndefined();
  });

  it('fail with what the site says otherwise', async () => {
    answer = () =>
      Promise.reject(new PveRefusal('GET', { status: 403, text: 'Permission check failed', scheme: 'token' }));
    await expect(templates.read(access, image)).rejects.toMatchObject({ status: 403 });
  });
});
