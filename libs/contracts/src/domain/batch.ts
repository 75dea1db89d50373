import { z } from 'zod';
import { operationIdSchema, vmIdSchema } from '../ids';

/** Most VMs of one request. */
export const mostVms = 50;

/** How many equal VMs a request is for; absent and 1 are the same. */
export const countSchema = z.int().min(1).max(mostVms);

/** Which of the operations of one request for several VMs an operation is: `id` is the id of the first, `index` counts from 1. */
export const batchPlaceSchema = z.object({
  id: operationIdSchema,
  index: z.int().min(1).max(mostVms),
  count: z.int().min(2).max(mostVms),
});
export type BatchPlace = z.infer<typeof batchPlaceSchema>;

/** All operations of one request for several VMs, with what each makes, in order; `id` is the id of the first. */
export const batchSchema = z.object({
  id: operationIdSchema,
  count: z.int().min(2).max(mostVms),
  operations: z.array(z.object({ id: operationIdSchema, vmId: vmIdSchema, name: z.string() })),
});
export type Batch = z.infer<typeof batchSchema>;

/** The name of one of several equal VMs. */
export const memberNameOf = (name: string, index: number): string => `${name}-${index}`;

/** The name that a request for several was made with, from that of one of its VMs. */
export const requestedNameOf = (vmName: string, place: Pick<BatchPlace, 'index'> | undefined): string =>
  place === undefined ? vmName : vmName.slice(0, -memberNameOf('', place.index).length);
