import { Injectable } from '@nestjs/common';
import type { Approval } from '@dcm/contracts';
import { ResourceRepository } from '../resources/resource.repository';
import { factsOf, type Facts } from './facts.mapper';
import type { Bond, Involved } from './link';
import { PersonRepository } from './person.repository';
import { approvalOf } from './question.mapper';

/** Reads what a question is about and who is asked, within their tenant. */
@Injectable()
export class QuestionsService {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly people: PersonRepository,
  ) {}

  async involvedIn(bond: Bond): Promise<Involved> {
    const { tenantId, approvalId } = bond;
    const [doc, person] = await Promise.all([
      this.resources.find({ tenantId }, 'approval', approvalId),
      this.people.find(bond),
    ]);
    return { approval: approvalOf(doc), person };
  }

  async factsOf(approval: Approval): Promise<Facts> {
    const scope = { tenantId: approval.tenantId };
    const [vm, operation, project] = await Promise.all([
      this.resources.find(scope, 'vm', approval.vmId),
      this.resources.find(scope, 'operation', approval.operationId),
      this.resources.find(scope, 'project', approval.projectId),
    ]);
    return factsOf(approval, { vmName: vm?.name, kind: operation?.kind, projectName: project?.name });
  }
}
