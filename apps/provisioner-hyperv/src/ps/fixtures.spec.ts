import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Batch } from '../powershell/batch';
import { readAnswer } from '../powershell/frame';
import { BatchError } from '../powershell/powershell.errors';

const FOLDER = join(__dirname, 'fixtures');
const FIXTURES = readdirSync(FOLDER).sort();

interface Fixture {
  readonly title: string;
  readonly request: Pick<Batch, 'steps'> & { readonly return?: Batch['return'] };
  readonly answer: {
    readonly ok: boolean;
    readonly step?: string;
    readonly steps: readonly string[];
    readonly data?: unknown;
    readonly error?: Readonly<Record<string, unknown>>;
  };
}

const fixtureOf = (name: string): Fixture => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Fixture;

describe('the fixtures', () => {
  it('are there', () => {
    expect(FIXTURES.length).toBeGreaterThan(20);
  });

  it.each(FIXTURES)('%s holds an answer that the adapter understands', (name) => {
    const { request, answer } = fixtureOf(name);
    const batch = { steps: request.steps, return: request.return ?? {} };
    if (answer.ok) {
      expect(readAnswer({ ...answer, ms: 1 }, batch)).toEqual({ rows: answer.data, ran: answer.steps, tookMs: 1 });
      return;
    }
    const failed = { ...answer, error: { message: 'm', fqid: 'f', ...answer.error } };
    let thrown: unknown;
    try {
      readAnswer(failed, batch);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(BatchError);
    const { failure } = thrown as BatchError;
    expect({ step: failure.step, ran: failure.ran, code: failure.code, refusal: failure.refusal }).toEqual({
      step: answer.step,
      ran: answer.steps,
      code: answer.error?.['vmmCode'],
      refusal: answer.error?.['dcm'],
    });
  });
});
