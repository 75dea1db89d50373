import type { Plan, VmSpec } from '@dcm/contracts';
import type { Access } from './access';
import type { SiteOptions } from './hyperv.config';
import type { Inventory } from './inventory';
import { planOf } from './plan.policy';

/** Looks up what plans are made from. */
export class Planner {
  constructor(
    private readonly inventory: Inventory,
    private readonly options: SiteOptions,
  ) {}

  /** Plans a VM; what is not found in the short memory is looked for once more. */
  async plan(access: Access, spec: VmSpec): Promise<Plan> {
    const plan = await this.planFrom(access, spec, false);
    const isRefused = plan.diagnostics.some(({ severity }) => severity === 'error');
    return isRefused ? this.planFrom(access, spec, true) : plan;
  }

  private async planFrom(access: Access, spec: VmSpec, isMiss: boolean): Promise<Plan> {
    return planOf({ spec, options: this.options, places: await this.inventory.places(access, isMiss) });
  }
}
