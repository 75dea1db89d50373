import type { Publisher, Requester } from '@dcm/contracts';
import { canonicalJson, newId, operationIdOf, sha256Hex, signRequester } from '@dcm/runtime';
import { identify, type SenderFacts } from './identity.policy';

const key = 'the key of this installation';
const tenantId = newId() as NonNullable<Publisher['tenantId']>;
const publisher = (fields: Partial<Publisher> = {}): Publisher => ({
  userId: 'erp',
  tenantId,
  relay: false,
  createdAt: '',
  seq: 1,
  ...fields,
});
const relay = publisher({ userId: 'gateway', relay: true, tenantId: null });
const data = { b: 1, a: 2 };
const id = operationIdOf('dave', 'k');
const signed = (fields: Partial<Requester> = {}, by = key): string =>
  signRequester(by, {
    principal: 'dave',
    tenantId,
    roles: ['developer'],
    requestId: id,
    payloadSha256: sha256Hex(canonicalJson({ a: 2, b: 1 })),
    issuedAt: '2026-01-01T00:00:00.000Z',
    ...fields,
  });
const facts = (fields: Partial<SenderFacts> = {}): SenderFacts => ({
  id,
  userId: 'gateway',
  token: signed(),
  data,
  ...fields,
});
const codeOf = (given: SenderFacts, known: Publisher | undefined): unknown => {
  try {
    return identify(given, known, key);
  } catch (error) {
    return (error as { code: unknown }).code;
  }
};

describe('identity policy', () => {
  it('believes a relay that signed, and takes its id for the operation’s', () => {
    expect(identify(facts(), relay, key)).toEqual({ operationId: id, tenantId, requester: 'dave', isRelayed: true });
  });

  it('believes a publisher for its tenant, and derives the operation’s id', () => {
    const erp = facts({ userId: 'erp', id: 'order-1', token: undefined });
    expect(identify(erp, publisher(), key)).toEqual({
      operationId: operationIdOf('erp', 'order-1'),
      tenantId,
      requester: 'erp',
      isRelayed: false,
    });
  });

  it('does not let a publisher speak for others with a signature that it copied', () => {
    expect(identify(facts({ userId: 'erp' }), publisher(), key)).toMatchObject({ requester: 'erp', isRelayed: false });
  });

  it.each([
    ['nobody', facts({ userId: undefined }), undefined, 'UNAUTHENTICATED'],
    ['a nameless one', facts({ userId: '' }), undefined, 'UNAUTHENTICATED'],
    ['a stranger', facts({ userId: 'mallory' }), undefined, 'PERMISSION_DENIED'],
    ['a relay that names no requester', facts({ token: undefined }), relay, 'PERMISSION_DENIED'],
    ['a relay with a token that is none', facts({ token: 7 }), relay, 'PERMISSION_DENIED'],
    [
      'a relay with another installation’s signature',
      facts({ token: signed({}, 'another key of someone') }),
      relay,
      'PERMISSION_DENIED',
    ],
    [
      'a relay with a signature for another request',
      facts({ token: signed({ requestId: newId() }) }),
      relay,
      'PERMISSION_DENIED',
    ],
    ['a relay with a signature for another payload', facts({ data: { a: 2, b: 2 } }), relay, 'PERMISSION_DENIED'],
    [
      'a relay with an id that is no operation’s',
      facts({ id: 'x', token: signed({ requestId: 'x' }) }),
      relay,
      'INVALID_REQUEST',
    ],
  ])('refuses %s', (_who, given, known, code) => {
    expect(codeOf(given, known)).toBe(code);
  });
});
