import type { Plan, VmSpec } from '@dcm/contracts';
import type { Access } from './access';
import type { Inventory } from './inventory';
import type { Choice } from './choice.policy';
import { chooseImage } from './placement.policy';
import { planOf } from './plan.policy';
import type { Template } from './template';
import type { Templates } from './templates';
import type { Wish } from './wish.policy';
import type { SiteOptions } from './vsphere.config';

/** Looks up what plans are made from. */
export class Planner {
  constructor(
    private readonly inventory: Inventory,
    private readonly templates: Templates,
    private readonly options: SiteOptions,
  ) {}

  /** Plans a VM; what is not found in the short memory is looked for once more. */
  async plan(access: Access, spec: VmSpec): Promise<Plan> {
    const plan = await this.planFrom(access, spec, false);
    const isRefused = plan.diagnostics.some(({ severity }) => severity === 'error');
    return isRefused ? this.planFrom(access, spec, true) : plan;
  }

  private async planFrom(access: Access, spec: VmSpec, isMiss: boolean): Promise<Plan> {
    const places = await this.inventory.places(access, isMiss);
    const template = spec.image === null ? null : await this.template(access, spec, spec.image.source, isMiss);
    return planOf({ spec, options: this.options, places, template });
  }

  private async template(
    access: Access,
    spec: Wish,
    ...[source, isMiss]: [string, boolean]
  ): Promise<Choice<Template>> {
    const choice = chooseImage(await this.inventory.images(access, isMiss), source);
    if ('problem' in choice) return choice;
    const template = await this.templates.read(access, choice.found, spec);
    if (template !== undefined) return { found: template };
    const problem = { severity: 'error', pointer: '/image', message: `the template ${source} is gone` } as const;
    return { problem, reason: 'IMAGE_NOT_FOUND' };
  }
}
