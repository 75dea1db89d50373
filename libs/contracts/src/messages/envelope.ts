import { z } from 'zod';

/**
 * A CloudEvents 1.0 event in structured JSON mode (`application/cloudevents+json`).
 * `dcmrequester` is the signed requester of a relay; `traceparent` is W3C trace context.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export const cloudEventSchema = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(255),
  source: z.string().min(1).max(255),
  type: z.string().min(1).max(255),
  subject: z.string().max(255).optional(),
  time: z.iso.datetime({ offset: true }).optional(),
  datacontenttype: z.string().optional(),
  traceparent: z.string().max(100).optional(),
  dcmrequester: z.string().max(4096).optional(),
  data: z.unknown(),
});
export type CloudEvent<T = unknown> = Omit<z.infer<typeof cloudEventSchema>, 'data'> & { data: T };

export const cloudEventContentType = 'application/cloudevents+json';
