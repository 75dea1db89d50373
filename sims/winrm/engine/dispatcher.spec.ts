import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { ShellError } from '../model/errors';
import { Mutexes } from '../model/mutexes';
import { Credential, SecureText } from '../model/secrets';
import { Dispatcher } from './dispatcher';
import { readScripts } from './scripts';

type Json = Readonly<Record<string, unknown>>;

interface Fixture {
  readonly title: string;
  readonly locked?: boolean;
  readonly calls: readonly {
    readonly cmd: string;
    readonly args: Json;
    readonly objects?: readonly object[];
    readonly error?: { readonly message: string; readonly fqid: string; readonly category: string };
  }[];
  readonly request: Json;
  readonly answer: Json;
}

const SCRIPTS = path.resolve(__dirname, '../../../apps/provisioner-hyperv/src/ps');
const FOLDER = path.join(SCRIPTS, 'fixtures');
const fixtures = readdirSync(FOLDER).map(
  (name) => JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8')) as Fixture,
);
const { allowed } = readScripts(SCRIPTS);

/** An argument as fixtures write it. */
function written(value: unknown): unknown {
  if (value instanceof SecureText) return { $secure: value.secret };
  if (value instanceof Credential) return { $cred: { username: value.username, password: value.password.secret } };
  if (typeof value === 'object' && value !== null && 'ID' in value) return { $object: value.ID };
  return value;
}

describe('the twin of the dispatcher', () => {
  it('finds fixtures to be held to', () => {
    expect(fixtures.length).toBeGreaterThan(15);
  });

  it.each(fixtures.map((fixture) => [fixture.title, fixture] as const))('%s', async (_, fixture) => {
    const seen: Json[] = [];
    const mutexes = new Mutexes();
    if (fixture.locked === true) await mutexes.acquire(`Global\\DCM-${String(fixture.request['lock'])}`, 0);
    const dispatcher = new Dispatcher({
      allowed,
      mutexes,
      locale: () => 'en',
      importModule: () => Promise.resolve(),
      disk: { hasFolder: () => false, write: () => undefined },
      invoke: (cmd, args) => {
        const scripted = fixture.calls[seen.length];
        seen.push({
          cmd,
          args: Object.fromEntries(Object.entries(args).map(([name, value]) => [name, written(value)])),
        });
        const { error, objects = [] } = scripted ?? {};
        if (error === undefined) return Promise.resolve(objects);
        return Promise.reject(new ShellError(error.message, error.fqid, error.category, 'System.Exception'));
      },
    });
    const line = Buffer.from(JSON.stringify(fixture.request)).toString('base64');
    const { id, answer } = await dispatcher.run(line);
    expect(id).toBe(fixture.request['id']);
    expect(answer).toMatchObject(fixture.answer);
    expect(Object.keys(answer).filter((key) => key !== 'error')).toEqual(
      Object.keys(fixture.answer).filter((key) => key !== 'error'),
    );
    expect(seen).toEqual(fixture.calls.map(({ cmd, args }) => ({ cmd, args })));
  });

  it('gives a lock back when a step fails', async () => {
    const mutexes = new Mutexes();
    const dispatcher = new Dispatcher({
      allowed,
      mutexes,
      locale: () => 'en',
      importModule: () => Promise.resolve(),
      disk: { hasFolder: () => false, write: () => undefined },
      invoke: () => Promise.reject(new Error('no')),
    });
    const request = { id: '1', mode: 'scvmm', lock: 'l', lockMs: 10, steps: [{ as: 'x', cmd: 'Get-SCJob' }] };
    await dispatcher.run(Buffer.from(JSON.stringify(request)).toString('base64'));
    expect(await mutexes.acquire('Global\\DCM-l', 0)).toBeDefined();
  });
});
