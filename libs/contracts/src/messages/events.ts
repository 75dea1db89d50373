import { z } from 'zod';
import { approvalSchema } from '../domain/approval';
import {
  projectSchema,
  publisherSchema,
  siteResourcesSchema,
  siteSchema,
  sizeSchema,
  tenantSchema,
} from '../domain/directory';
import { imageSchema } from '../domain/image';
import { operationSchema } from '../domain/operation';
import { policyRuleSchema } from '../domain/policy';
import { quotaSchema } from '../domain/quota';
import { rateSchema } from '../domain/rate';
import { vmSchema } from '../domain/vm';

/** Every noun that has a state to be told; the event carries the whole of it. */
export const eventNouns = {
  tenant: tenantSchema,
  project: projectSchema,
  site: siteSchema,
  'site-resources': siteResourcesSchema,
  image: imageSchema,
  size: sizeSchema,
  publisher: publisherSchema,
  quota: quotaSchema,
  rate: rateSchema,
  policy: policyRuleSchema,
  vm: vmSchema,
  operation: operationSchema,
  approval: approvalSchema,
} as const;
export type EventNoun = keyof typeof eventNouns;
export const eventNounNames = Object.keys(eventNouns) as [EventNoun, ...EventNoun[]];

/** `io.dcm.vm.changed.v1` and its siblings. */
export const eventType = (noun: EventNoun): string => `io.dcm.${noun}.changed.v1`;

/**
 * One row of the journal as an event. `position` is its place in commit order over everything, without gaps: a reader that sees
 * a gap pulls the missing rows. `seq` counts per subject. `doc` is the full new state.
 */
export const changedSchema = z.object({
  position: z.int().min(1),
  noun: z.enum(eventNounNames),
  id: z.string(),
  tenantId: z.string().nullable(),
  seq: z.int().min(0),
  action: z.string(),
  actor: z.string(),
  at: z.iso.datetime(),
  doc: z.record(z.string(), z.unknown()),
});
export type Changed = z.infer<typeof changedSchema>;

export const journalPageType = 'io.dcm.journal.page.v1';

/** Rows of the journal, in the order of their positions: as the gateway takes them, many in one message. */
export const journalPageSchema = z.object({ rows: z.array(changedSchema).min(1) });
export type JournalPage = z.infer<typeof journalPageSchema>;
