import type { Requester } from '@dcm/contracts';
import { signRequester, verifyRequester } from './requester';

const requester: Requester = {
  principal: 'ada',
  tenantId: '0190a6b0-0000-7000-8000-000000000001',
  roles: ['developer'],
  requestId: 'r1',
  payloadSha256: 'ab',
  issuedAt: '2026-01-01T00:00:00.000Z',
};

describe('requester', () => {
  it('is believed under the key that signed it', () => {
    expect(verifyRequester('key', signRequester('key', requester))).toEqual(requester);
  });

  it('is not believed under another key or when changed', () => {
    const token = signRequester('key', requester);
    const forged = Buffer.from(JSON.stringify({ ...requester, principal: 'eve' })).toString('base64url');
    expect(verifyRequester('other', token)).toBeUndefined();
    expect(verifyRequester('key', `${forged}.${token.split('.')[1] ?? ''}`)).toBeUndefined();
  });

  it.each(['', '.', 'a.b', 'a.b.c', '....'])('is not believed as %p', (token) => {
    expect(verifyRequester('key', token)).toBeUndefined();
  });
});
