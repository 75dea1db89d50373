import { exchanges, factKind, factMessages, queues, siteKeys, type FactType } from '@dcm/contracts';
import type { QueueBinding, QueueSpec, Topology } from './broker';

const everything = (exchange: string): QueueBinding[] => [{ exchange, key: '#' }];

const discoveryKind = factKind('io.dcm.fact.discovery.v1');

/** Every kind of fact but the discovery chunks, which are many and must not delay the others. */
const factBindings = (): QueueBinding[] =>
  (Object.keys(factMessages) as FactType[])
    .map(factKind)
    .filter((kind) => kind !== discoveryKind)
    .map((kind) => ({ exchange: exchanges.facts, key: `*.*.${kind}` }));

const durable = (name: string, bindings: QueueBinding[]): QueueSpec => ({
  name,
  bindings,
  deadLetterExchange: exchanges.dead,
});

/** Calls expire with their caller's patience (per message), so their queues have no dead letters. */
const calls = (name: string, exchange: string): QueueSpec => ({ name, bindings: everything(exchange) });

/**
 * The exchanges and queues that every process declares at its start, so that no message is lost because its consumer never ran.
 * Only `dcm.requests` has an alternate exchange: other systems publish there without knowing what `mandatory` is for.
 */
export const dcmTopology = (): Topology => ({
  exchanges: Object.values(exchanges).map((name) =>
    name === exchanges.requests ? { name, alternate: exchanges.dead } : { name },
  ),
  queues: [
    durable(queues.requests, everything(exchanges.requests)),
    calls(queues.admin, exchanges.admin),
    durable(queues.facts, factBindings()),
    durable(queues.discovery, [{ exchange: exchanges.facts, key: `*.*.${discoveryKind}` }]),
    calls(queues.control, exchanges.control),
    { name: queues.dead, bindings: everything(exchanges.dead) },
    { ...durable(queues.projection, everything(exchanges.journal)), formerBindings: everything(exchanges.events) },
  ],
});

/** A site's two work queues. Declared by its provisioner, and by approvals when the site is registered, so that work waits there. */
export const siteTopology = (platform: string, site: string): Topology => ({
  exchanges: [{ name: exchanges.provisioning }, { name: exchanges.dead }],
  queues: [
    durable(queues.provisioner(platform, site), [
      { exchange: exchanges.provisioning, key: siteKeys.work(platform, site) },
    ]),
    durable(queues.provisionerReads(platform, site), [
      { exchange: exchanges.provisioning, key: siteKeys.reads(platform, site) },
    ]),
  ],
});
