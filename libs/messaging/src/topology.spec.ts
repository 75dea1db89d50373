import { exchanges, factKind, factMessages, queues, requestMessages, siteKeys, type FactType } from '@dcm/contracts';
import type { Topology } from './broker';
import { topicMatches } from './topic-match';
import { dcmTopology, siteTopology } from './topology';

const takersOf = (topology: Topology, exchange: string, key: string): string[] =>
  topology.queues
    .filter((queue) =>
      queue.bindings.some((binding) => binding.exchange === exchange && topicMatches(binding.key, key)),
    )
    .map((queue) => queue.name);

describe('the topology of DCM', () => {
  const topology = dcmTopology();

  it('declares every exchange, and an alternate for requests only', () => {
    expect(topology.exchanges.map((exchange) => exchange.name).sort()).toEqual(Object.values(exchanges).sort());
    expect(topology.exchanges.filter((exchange) => exchange.alternate !== undefined)).toEqual([
      { name: exchanges.requests, alternate: exchanges.dead },
    ]);
  });

  it.each(Object.values(requestMessages).map((request) => request.key))('gives the request %s to approvals', (key) => {
    expect(takersOf(topology, exchanges.requests, key)).toEqual([queues.requests]);
  });

  it.each(Object.keys(factMessages) as FactType[])('gives the fact %s to exactly one queue', (type) => {
    const kind = factKind(type);
    const taker = kind === 'discovery' ? queues.discovery : queues.facts;
    expect(takersOf(topology, exchanges.facts, siteKeys.fact('vsphere', 'lab', kind))).toEqual([taker]);
  });

  it('gives the gateway the pages of the journal, and no event', () => {
    expect(takersOf(topology, exchanges.journal, 'page')).toEqual([queues.projection]);
    expect(takersOf(topology, exchanges.events, 'system.site.changed')).toEqual([]);
  });

  it('keeps dead letters of everything but calls and dead letters', () => {
    const without = topology.queues
      .filter((queue) => queue.deadLetterExchange === undefined)
      .map((queue) => queue.name);
    expect(without.sort()).toEqual([queues.admin, queues.control, queues.dead].sort());
  });

  it("gives a site's work and reads to different queues", () => {
    const site = siteTopology('vsphere', 'lab');
    expect(takersOf(site, exchanges.provisioning, siteKeys.work('vsphere', 'lab'))).toEqual([
      queues.provisioner('vsphere', 'lab'),
    ]);
    expect(takersOf(site, exchanges.provisioning, siteKeys.reads('vsphere', 'lab'))).toEqual([
      queues.provisionerReads('vsphere', 'lab'),
    ]);
    expect(takersOf(site, exchanges.provisioning, siteKeys.work('vsphere', 'other'))).toEqual([]);
  });
});
