import { resubmitSchema, type AskedRequest } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { refusalOf } from '../../test/refusal';
import { assertSecretsOf, createOf } from './resubmit.policy';

const domain = { name: 'corp.example', user: 'join@corp.example' };
const asked = (secrets: string[], guest: object = {}): AskedRequest => ({
  kind: 'vm.create',
  secrets,
  data: { projectId: newId(), name: 'web-01', image: 'debian-12', size: 's', guest: { hostname: 'web', ...guest } },
});

describe('the secrets of a request that is asked once more', () => {
  it('are refused by name where one is missing, and where one is new', () => {
    const body = resubmitSchema.parse({ guest: { adminPassword: 'x' } });
    const error = refusalOf(() => {
      assertSecretsOf(asked(['/guest/userData']), body);
    });
    expect(error).toMatchObject({
      code: 'INVALID_REQUEST',
      details: [
        { pointer: '/guest/userData', message: 'was given with the first request and is not kept' },
        { pointer: '/guest/adminPassword' },
      ],
    });
  });

  it('need no body when there were none', () => {
    expect(() => {
      assertSecretsOf(asked([]), resubmitSchema.parse(undefined));
    }).not.toThrow();
  });

  it('stand where they stood the first time', () => {
    const given = { userData: '#cloud-config\n', adminPassword: 'a', domain: { password: 'b' } };
    const pointers = ['/guest/userData', '/guest/adminPassword', '/guest/domain/password'];
    const body = resubmitSchema.parse({ guest: given });
    assertSecretsOf(asked(pointers, { domain }), body);
    expect(createOf(asked(pointers, { domain }), body)).toMatchObject({
      name: 'web-01',
      guest: { hostname: 'web', userData: '#cloud-config\n', adminPassword: 'a', domain: { ...domain, password: 'b' } },
    });
  });
});
