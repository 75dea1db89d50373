import { isPublicKey } from './ssh-key.policy';

/** RFC 4253: the kind's name with its length, then 32 bytes with theirs. */
const aKey = (kind = 'ssh-ed25519'): string => {
  const bytes = Buffer.concat([
    Buffer.from([0, 0, 0, kind.length]),
    Buffer.from(kind),
    Buffer.from([0, 0, 0, 32]),
    Buffer.alloc(32, 7),
  ]);
  return `${kind} ${bytes.toString('base64')}`;
};

describe('a public key', () => {
  it.each([aKey(), `${aKey()} me@laptop`, `${aKey('ssh-rsa')} with spaces and ünïcödé`])('is %s', (line) => {
    expect(isPublicKey(line)).toBe(true);
  });

  it.each([
    '',
    'ssh-ed25519',
    'ssh-ed25519 AAAA',
    `ssh-rsa ${aKey().split(' ')[1] ?? ''}`,
    `${aKey()}\n${aKey()}`,
    `command="x" ${aKey()}`,
    'ssh-ed25519 AAAA<a href="x">',
    'ssh-ed25519 A',
  ])('is not %j', (line) => {
    expect(isPublicKey(line)).toBe(false);
  });
});
