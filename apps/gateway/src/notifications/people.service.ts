import { Injectable } from '@nestjs/common';
import { DcmError, type Person, type RouteInput } from '@dcm/contracts';
import { isPlatformAdmin, scopeOf, type Principal } from '../auth/principal';
import { ResourceService } from '../resources/resource.service';
import type { PersonKey } from './person';
import { PersonRepository } from './person.repository';

type Place = Pick<RouteInput<'setPerson'>, 'params' | 'query'>;

const isTenantAdmin = (principal: Principal): boolean =>
  isPlatformAdmin(principal) || principal.roles.includes('tenant-admin');

/** Says where people are written to: administrators for everybody of the tenant, everybody for themselves. */
@Injectable()
export class PeopleService {
  constructor(
    private readonly people: PersonRepository,
    private readonly resources: ResourceService,
  ) {}

  /** @throws DcmError PERMISSION_DENIED, NOT_FOUND, INVALID_REQUEST */
  async get(principal: Principal, place: Place): Promise<Person> {
    const key = await this.keyOf(principal, place);
    const person = await this.people.find(key);
    if (person === undefined) throw unknownPerson('find', key);
    const { email, notify } = person;
    return { ...key, email, notify };
  }

  /** @throws DcmError PERMISSION_DENIED, NOT_FOUND, INVALID_REQUEST */
  async set(principal: Principal, place: Place, body: RouteInput<'setPerson'>['body']): Promise<Person> {
    const key = await this.keyOf(principal, place);
    await this.assertWholePerson(principal, key);
    return this.people.set({ ...key, ...body }, principal.name);
  }

  /** @throws DcmError PERMISSION_DENIED, NOT_FOUND, INVALID_REQUEST */
  async remove(principal: Principal, place: Place): Promise<void> {
    const key = await this.keyOf(principal, place);
    if (!(await this.people.remove(key))) throw unknownPerson('forget', key);
  }

  private async keyOf(principal: Principal, { params, query }: Place): Promise<PersonKey> {
    const tenantId = query.tenantId ?? principal.tenantId;
    if (tenantId === null) {
      const details = [{ pointer: 'query/tenantId', message: 'must name the tenant of the person' }];
      throw new DcmError('INVALID_REQUEST', 'Unable to find the person: no tenant is named', { details });
    }
    await this.resources.get(scopeOf(principal), 'tenant', tenantId);
    if (!isTenantAdmin(principal) && principal.name !== params.principal) {
      throw new DcmError(
        'PERMISSION_DENIED',
        `Unable to see or change person ${params.principal}: that takes a tenant-admin, or the person`,
      );
    }
    return { tenantId, principal: params.principal };
  }

  /** Whoever gets a person's mail can decide in that person's roles: a token with fewer of them must not turn the mail to itself. */
  private async assertWholePerson(principal: Principal, key: PersonKey): Promise<void> {
    if (isTenantAdmin(principal)) return;
    const missing = (await this.people.rolesOf(key)).filter((role) => !principal.roles.includes(role));
    if (missing.length === 0) return;
    throw new DcmError(
      'PERMISSION_DENIED',
      `Unable to set where ${key.principal} is written to: this token lacks the person's roles ${missing.join(', ')}`,
    );
  }
}

const unknownPerson = (verb: string, { principal }: PersonKey): DcmError =>
  new DcmError('NOT_FOUND', `Unable to ${verb} person ${principal}: nothing is known of one here`);
