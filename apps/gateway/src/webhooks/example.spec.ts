import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import { createSecret } from './secret.policy';
import { signatureHeaders } from './signature.policy';

const page = readFileSync(join(__dirname, '../../../../docs/guides/webhooks.md'), 'utf8');

type Verify = (secret: string, headers: Record<string, string>, body: string, nowSeconds?: number) => unknown;

/** The example that receivers copy, as it stands in the guide. */
function exampleOfGuide(): Verify {
  const [, code = ''] = /```js\n([\s\S]*?)```/.exec(page) ?? [];
  const module = { exports: {} as { verify: Verify } };
  const run = compileFunction(code, ['require', 'module']) as (require: unknown, module: unknown) => void;
  run(createRequire(__filename), module);
  return module.exports.verify;
}

describe('the example of the guide', () => {
  const verify = exampleOfGuide();
  const secret = createSecret();
  const timestamp = 1_800_000_000;
  const signed = { id: 'one', timestamp, body: JSON.stringify({ name: 'zoë' }) };
  const headers = signatureHeaders([secret], signed);

  it('takes what the gateway signs, up to five minutes later', () => {
    expect(verify(secret, headers, signed.body, timestamp + 300)).toEqual({ name: 'zoë' });
  });

  it('takes either secret during a rotation', () => {
    const both = signatureHeaders([createSecret(), secret], signed);
    expect(verify(secret, both, signed.body, timestamp)).toEqual({ name: 'zoë' });
  });

  it('refuses another body, another id, another secret, and no signature', () => {
    const cases: [string, Record<string, string>, string][] = [
      [secret, headers, signed.body.replace('zoë', 'zoe')],
      [secret, { ...headers, 'webhook-id': 'two' }, signed.body],
      [createSecret(), headers, signed.body],
      [secret, { ...headers, 'webhook-signature': '' }, signed.body],
      [
        secret,
        { ...headers, 'webhook-signature': (headers['webhook-signature'] ?? '').replace('v1', 'v1a') },
        signed.body,
      ],
    ];
    for (const [key, head, body] of cases) {
      expect(() => verify(key, head, body, timestamp)).toThrow('not signed with this secret');
    }
  });

  it.each([301, -301, NaN])('refuses what was signed %d seconds ago', (age) => {
    expect(() => verify(secret, headers, signed.body, timestamp + age)).toThrow('too old');
  });

  it('refuses a time that was put forward', () => {
    const later = { ...headers, 'webhook-timestamp': String(timestamp + 600) };
    expect(() => verify(secret, later, signed.body, timestamp + 600)).toThrow('not signed');
  });
});
