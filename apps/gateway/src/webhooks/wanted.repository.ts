const isWaiting = `state = 'pending' AND (leased_until IS NULL OR leased_until <= now())`;

/**
 * The part of the projection's statement that notes events for webhooks, in the same commit: of the rows `stored`, which are newer than
 * what was known, those that an enabled webhook of their tenant asks for. Where there is no webhook it finds an empty table. An older
 * state that waits is superseded; one that is being sent at this moment is left to its sender. `OFFSET 0` keeps a plan that was made while
 * there were no deliveries from walking all of them for each row; what waits is looked at again where it is changed, because it may have been
 * taken meanwhile. A webhook that is being deleted is waited for.
 * @param causes the parameter with `{ position: { action, actor, at } }`.
 */
export const noteWantedSql = (causes: string): string => `
wanted AS (
  SELECT w.id AS webhook_id, s.kind, s.id, s.tenant_id, s.seq, s.position, s.doc FROM stored AS s
  JOIN gateway.webhook AS w ON w.tenant_id = s.tenant_id AND w.disabled_because IS NULL AND (s.kind || '.changed') = ANY (w.events)
  FOR KEY SHARE OF w
), superseded AS (
  UPDATE gateway.webhook_delivery SET state = 'superseded' WHERE id = ANY (ARRAY(
    SELECT older.id FROM wanted AS n CROSS JOIN LATERAL (
      SELECT d.id FROM gateway.webhook_delivery AS d
      WHERE d.webhook_id = n.webhook_id AND d.noun = n.kind AND d.subject = n.id AND d.position < n.position
        AND ${isWaiting} OFFSET 0
    ) AS older)) AND ${isWaiting}
), noted AS (
  INSERT INTO gateway.webhook_delivery (id, webhook_id, noun, subject, position, event)
  SELECT gen_random_uuid(), webhook_id, kind, id, position, (${causes}::jsonb -> position::text) || jsonb_build_object(
    'position', position, 'noun', kind, 'id', id, 'tenantId', tenant_id, 'seq', seq, 'doc', doc)
  FROM wanted ON CONFLICT DO NOTHING
)`;
