import type { ResolvedVm } from '@dcm/contracts';
import { z } from 'zod';
import type { Attempt } from './attempt';
import { customizationOf, type Customization } from './customization.policy';
import { Refused } from './hyperv.errors';
import type { Inventory } from './inventory';
import { readMetadata, type Metadata } from './metadata.schema';
import type { Entity, Places, Template } from './places';

const scopeSchema = z.object({
  kind: z.enum(['cloud', 'host-group', 'host']),
  id: z.string(),
  name: z.string(),
  csv: z.string().optional(),
});
export type PlannedPlace = z.output<typeof scopeSchema>;

/** What one attempt needs to turn an approved plan into calls. */
export interface Job {
  readonly attempt: Attempt;
  readonly resolved: ResolvedVm;
  readonly inventory: Inventory;
}

/** Everything that the creating call needs. */
export interface Blueprint {
  readonly template: Template;
  readonly place: PlannedPlace;
  /** Id of the host, where the plan names one beside a group. */
  readonly host: string | undefined;
  readonly metadata: Metadata;
  readonly customization: Customization;
}

/** @throws Refused IMAGE_NOT_FOUND, INVALID_SPEC */
export async function drawBlueprint(job: Job): Promise<Blueprint> {
  const { attempt, resolved } = job;
  const { spec, plan } = resolved;
  const template = await plannedTemplate(job);
  const place = scopeSchema.safeParse(plan.scope);
  if (!place.success) throw new Refused('INVALID_SPEC', 'its plan names no place');
  const { metadata } = readMetadata(spec.metadata);
  return {
    template,
    place: place.data,
    host: plan.hints['host'],
    metadata,
    customization: customizationOf(template, spec, { metadata, options: attempt.options }),
  };
}

/** The template that was planned with, in the version that was approved. @throws Refused IMAGE_NOT_FOUND */
export async function plannedTemplate({ attempt, resolved: { plan }, inventory }: Job): Promise<Template> {
  if (plan.image === null) throw new Refused('IMAGE_NOT_FOUND', 'its plan names no template');
  const { name, nativeId, version } = plan.image;
  const find = ({ templates }: Places): Template | undefined => templates.find(({ id }) => id === nativeId);
  const known = find(await inventory.places(attempt));
  const template = known?.version === version ? known : find(await inventory.places(attempt, true));
  if (template === undefined) throw new Refused('IMAGE_NOT_FOUND', `the template ${nativeId} is gone`);
  if (template.version === version) return template;
  throw new Refused('IMAGE_NOT_FOUND', `the template of ${name} was changed after it was planned with`);
}

/** The networks that were planned; undefined when an image's own cards stay. */
export function plannedNetworks({ resolved: { plan } }: Pick<Job, 'resolved'>): Entity[] | undefined {
  if (plan.networks.length === 0) return undefined;
  return plan.networks.map(({ name, nativeId }) => ({ id: nativeId, name, names: [name] }));
}
