import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { armFailpoints, failpoint, parseFailpoints } from './failpoint';
import { failpoints } from './failpoints';

const root = join(__dirname, '..', '..', '..');

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/\/(testing|test|node_modules)\//.test(path));
}

/** The names in calls, by how often they stand there. */
function calls(): Map<string, number> {
  const found = new Map<string, number>();
  for (const path of [...sources(join(root, 'apps')), ...sources(join(root, 'libs'))]) {
    for (const [, name = ''] of readFileSync(path, 'utf8').matchAll(/\bfailpoint\('([^']+)'/g)) {
      found.set(name, (found.get(name) ?? 0) + 1);
    }
  }
  return found;
}

describe('failpoints', () => {
  afterEach(() => {
    armFailpoints('');
  });

  it('stand in the code, each once, and nowhere else than in their list', () => {
    const found = calls();
    expect([...found.keys()].sort()).toEqual(Object.keys(failpoints).sort());
    expect([...found].filter(([, count]) => count !== 1)).toEqual([]);
  });

  it('stand in the reference with what they mean', () => {
    const page = readFileSync(join(root, 'docs/reference/failpoints.md'), 'utf8');
    const table = page.slice(page.indexOf('| failpoint'));
    const rows = [...table.matchAll(/^\| `([^`]+)` +\| (.+?) +\|$/gm)].map(([, name, meaning]) => [name, meaning]);
    expect(Object.fromEntries(rows)).toEqual(failpoints);
  });

  it('go off at the pass that was counted, once', () => {
    armFailpoints('work.claimed:2:throw');
    failpoint('work.claimed');
    failpoint('work.told');
    expect(() => {
      failpoint('work.claimed');
    }).toThrow('failpoint work.claimed');
    failpoint('work.claimed');
  });

  it('tell the steps of an adapter apart', () => {
    armFailpoints('work.step.clone:1:throw');
    failpoint('work.step', 'find');
    expect(() => {
      failpoint('work.step', 'clone');
    }).toThrow('failpoint work.step.clone');
  });

  it('freeze the whole process for a while', () => {
    armFailpoints('fact.before:1:freeze=40');
    const before = performance.now();
    failpoint('fact.before');
    expect(performance.now() - before).toBeGreaterThanOrEqual(39);
  });

  it.each([
    ['no.such.point:1', 'there is no failpoint no.such.point'],
    ['work.claimed', 'write name:count'],
    ['work.claimed:0', 'write name:count'],
    ['work.claimed:1:explode', 'write name:count'],
    ['work.step.:1', 'write name:count'],
  ])('refuse %s', (text, message) => {
    expect(() => parseFailpoints(text)).toThrow(message);
  });
});
