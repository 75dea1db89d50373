import { Injectable } from '@nestjs/common';
import { PoliciesService } from '../policies/policies.service';
import { TrialsService } from '../policies/trials.service';
import type { CallHandlers } from './ports';

/** Calls about rules. */
@Injectable()
export class PoliciesHandler {
  constructor(
    private readonly policies: PoliciesService,
    private readonly trials: TrialsService,
  ) {}

  readonly handlers: CallHandlers<`admin.policy.${'create' | 'replace' | 'delete' | 'try'}`> = {
    'admin.policy.create': (input, actor) => this.policies.create(input, actor),
    'admin.policy.replace': (input, actor) => this.policies.replace(input, actor),
    'admin.policy.delete': (input, actor) => this.policies.remove(input, actor),
    'admin.policy.try': (input, actor) => this.trials.try(input, actor),
  };
}
