import { Controller } from '@nestjs/common';
import type { Person } from '@dcm/contracts';
import { Endpoint, Input, type Call } from '../http/endpoint';
import { PeopleService } from './people.service';

/** `/v1/people` */
@Controller()
export class PeopleController {
  constructor(private readonly people: PeopleService) {}

  @Endpoint('getPerson')
  get(@Input() call: Call<'getPerson'>): Promise<Person> {
    return this.people.get(call.principal, call);
  }

  @Endpoint('setPerson')
  set(@Input() call: Call<'setPerson'>): Promise<Person> {
    return this.people.set(call.principal, call, call.body);
  }

  @Endpoint('deletePerson')
  async remove(@Input() call: Call<'deletePerson'>): Promise<undefined> {
    await this.people.remove(call.principal, call);
    return undefined;
  }
}
