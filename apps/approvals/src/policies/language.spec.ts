import { contextOf } from './context.mapper';
import { compile, placeIn } from './language';
import { samples } from './samples.mapper';

const answer = (text: string, index = 1): unknown => {
  const compiled = compile(text);
  const sample = samples[index];
  if ('fault' in compiled || sample === undefined) return compiled;
  const { values, lists } = contextOf(sample.facts);
  try {
    return compiled.program.run(values, lists);
  } catch (error) {
    return (error as Error).message;
  }
};

describe('a condition', () => {
  it.each([
    ['request.cpus > 32 && request.memoryMib >= 524288', true],
    ['request.disks.exists(gib, gib > 1000)', true],
    ['request.labels["env"] == "prod"', true],
    ['has(request.labels.env) && request.labels.env == "test"', false],
    ['"cost-center" in request.labels', true],
    ['request.metadata.cloneMode == "linked" && request.metadata.folder.name == "db"', true],
    ['plan.price.isKnown && plan.price.perMonth > 900', true],
    ['"secure-boot" in plan.losses', true],
    ['time.weekday == 7 && time.hour == 23 && time.minute == 59', true],
    ['time.now < timestamp("2026-01-05T00:00:00Z")', true],
    ['time.now.getHours("Europe/Berlin") == 0', true],
    ['request.name.startsWith("database-") && size(request.networks) == 2', true],
    ['quota.isExceeded && requester.principal == "dave" && tenant.name == "acme" && project.name == "web"', true],
    ['request.count > 5 && request.staticAddress && request.deletionProtection', true],
  ])('%s is answered', (text, expected) => {
    expect(answer(text)).toBe(expected);
  });

  it.each([
    ['request.cpus >', 14, 'Unexpected token: EOF'],
    ['request.cpu > 4', 8, 'No such key: cpu'],
    ['true && request.cpus > "x"', 8, 'no such overload: int > string'],
    ['vm.cpus > 4', 0, 'Unknown variable: vm'],
    ['request.cpus', 0, 'it yields int, and must yield bool'],
    ['request.metadata.x', 0, 'it yields dyn, and must yield bool'],
    ['request.name.matches("(a+)+$")', 0, 'there is no function matches here'],
    ['cel.bind(a, "x" + "x", a == "")', 0, 'there is no function bind here'],
    ['true || [1].map(a, a + a).exists(b, b > 1)', 8, 'there is no function map here'],
    ['b"x" == b"x"', 0, 'there are no bytes here'],
  ])('%s is refused with its place and cause', (text, offset, message) => {
    expect(compile(text)).toEqual({ fault: { message, offset } });
  });

  it('that could run for long is refused', () => {
    const list = `[${'1,'.repeat(99)}1]`;
    const nested = `${list}.all(a, ${list}.all(b, ${list}.all(c, a + b + c > 0)))`;
    expect(compile(nested)).toMatchObject({ fault: { message: expect.stringContaining('too many steps') as string } });
    expect(compile(`${'('.repeat(40)}true${')'.repeat(40)}`)).toHaveProperty('fault');
    expect(compile(`${'true || '.repeat(400)}true`)).toHaveProperty('fault');
  });

  it('that is cheap for usual requests has no answer about one that is too long for it', () => {
    const compiled = compile('request.disks.all(a, request.disks.all(b, a + b > 0))');
    const run = (lists: number): unknown =>
      'program' in compiled && compiled.program.run(contextOf(samples[1]?.facts ?? ({} as never)).values, lists);
    expect(run(32)).toBe(true);
    expect(() => run(10_000)).toThrow('too many steps for a request with a list of 10000');
  });

  it('sees only the own keys of labels and metadata', () => {
    expect(answer('"constructor" in request.labels || has(request.metadata.toString)')).toBe(false);
    expect(answer('request.labels.constructor == ""')).toContain('No such key: constructor');
  });

  it('is understood once', () => {
    expect(compile('request.cpus == 77')).toBe(compile('request.cpus == 77'));
  });

  it('has its places counted in lines and columns', () => {
    expect(placeIn('a &&\n  b', 7)).toBe('line 2, column 3');
  });
});
