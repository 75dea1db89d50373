import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPolicySchema } from '@dcm/contracts';
import { assertSound } from './check.policy';

const page = readFileSync(join(__dirname, '../../../../docs/guides/policies.md'), 'utf8');
const examples = [...page.matchAll(/^```json\n(.*?)^```/gms)].map(([, text]): unknown => JSON.parse(text ?? ''));

describe('the guide to rules', () => {
  it('has seven examples', () => {
    expect(examples).toHaveLength(7);
  });

  it.each(examples)('has an example that can be saved: $name', (example) => {
    expect(() => {
      assertSound(createPolicySchema.parse(example));
    }).not.toThrow();
  });
});
