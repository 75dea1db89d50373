import { Injectable } from '@nestjs/common';
import { DcmError, type CallContext, type DiscoverCommand, type Fact, type InventoryCommand } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { Announcer } from '../announcer';
import { Facts } from '../facts';
import { healthOf } from '../site-health';
import type { Asked } from './read.commands';
import { Reader } from './reader';

type Chunk = Pick<Fact<'io.dcm.fact.discovery.v1'>, 'run' | 'page' | 'rows' | 'complete' | 'error'>;

/** A scan of all VMs may take this many times as long as another read. */
const scanFactor = 10;

/** Lists what a site has: its resources, and every VM, in pages that go out as they come. */
@Injectable()
export class DiscoveryService {
  constructor(
    private readonly facts: Facts,
    private readonly reader: Reader,
    private readonly announcer: Announcer,
  ) {}

  /** A scan that breaks off ends with its error and is never complete. @throws DcmError UNAVAILABLE when this process closes. */
  async discover(asked: Asked, command: DiscoverCommand): Promise<void> {
    const { site } = asked;
    const run = newId();
    let page = 0;
    let untold: Error | undefined;
    const list = async ({ signal }: CallContext): Promise<void> => {
      for await (const { rows, complete } of site.adapter.listVms({ pageSize: command.pageSize, signal })) {
        const chunk = { run, page, rows: [...rows], complete, error: null };
        await this.tell(asked, command, chunk).catch((error: unknown) => {
          untold = error instanceof Error ? error : new Error(String(error));
          throw untold;
        });
        page += 1;
      }
    };
    const scan = await this.reader.read(site, list, scanFactor);
    if (untold !== undefined) throw untold;
    if (!scan.ok) await this.tell(asked, command, { run, page, rows: [], complete: false, error: scan.error });
  }

  /** Whoever asks may not know the site yet (it was registered just now): it is announced along with the answer. @throws as `discover`. */
  async inventory({ site, traceparent }: Asked, { requestId }: InventoryCommand): Promise<void> {
    await this.announcer.announce(site);
    const [pools, health] = await Promise.all([
      this.reader.read(site, (ctx) => site.adapter.listResources(ctx)),
      this.reader.read(site, (ctx) => healthOf(site.adapter, ctx)),
    ]);
    if (!health.ok) throw new DcmError('INTERNAL', 'Unable to tell the health of a site: its check threw');
    await this.facts.tell(site, {
      id: `${requestId}/inventory`,
      type: 'io.dcm.fact.inventory.v1',
      body: {
        requestId,
        pools: pools.ok ? pools.value : [],
        health: health.value,
        error: pools.ok ? null : pools.error,
      },
      traceparent,
    });
  }

  private async tell({ site, traceparent }: Asked, command: DiscoverCommand, chunk: Chunk): Promise<void> {
    const { requestId, scanId } = command;
    await this.facts.tell(site, {
      id: `${requestId}/discovery/${chunk.run}/${chunk.page}`,
      type: 'io.dcm.fact.discovery.v1',
      body: { requestId, scanId, ...chunk },
      traceparent,
    });
  }
}
