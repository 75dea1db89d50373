import { closeSecret, createSecret, keyOfSecret, openSecret } from './secret.policy';

const key = 'an installation key for tests';

describe('the secret of a webhook', () => {
  it('holds 256 bits, others each time', () => {
    const [first, second] = [createSecret(), createSecret()];
    expect([first.startsWith('whsec_'), keyOfSecret(first).length, first === second]).toEqual([true, 32, false]);
  });

  it('opens for its webhook under its key, and for nothing else', () => {
    const secret = createSecret();
    const closed = closeSecret(key, 'one', secret);
    expect(openSecret(key, 'one', closed)).toBe(secret);
    expect(openSecret(key, 'two', closed)).toBeUndefined();
    expect(openSecret('another installation key', 'one', closed)).toBeUndefined();
    closed.writeUInt8(closed.readUInt8(30) ^ 1, 30);
    expect(openSecret(key, 'one', closed)).toBeUndefined();
    expect(openSecret(key, 'one', Buffer.alloc(3))).toBeUndefined();
  });

  it('is closed into other bytes each time', () => {
    expect(closeSecret(key, 'one', 'whsec_x').equals(closeSecret(key, 'one', 'whsec_x'))).toBe(false);
  });
});
