import { Injectable } from '@nestjs/common';
import type { CallContext, DiscoverCommand, Fact } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { Facts } from '../facts';
import type { Asked } from './read.commands';
import { Reader } from './reader';

type Chunk = Pick<Fact<'io.dcm.fact.discovery.v1'>, 'run' | 'page' | 'rows' | 'complete' | 'error'>;

/** A scan of all VMs may take this many times as long as another read. */
const scanFactor = 10;

/** Lists every VM of a site; pages go out as they come. */
@Injectable()
export class DiscoveryService {
  constructor(
    private readonly facts: Facts,
    private readonly reader: Reader,
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
