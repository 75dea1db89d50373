import { DcmError } from '@dcm/contracts';
import type { Site } from './site';

/** The sites of this process by name. */
export class Sites {
  private readonly byName: ReadonlyMap<string, Site>;

  constructor(readonly all: readonly Site[]) {
    this.byName = new Map(all.map((site) => [site.config.name, site]));
  }

  /**
   * The site of a command. It came through the queue of one site (`<platform>.<site>[.read]`), and must mean that one.
   * @throws DcmError INVALID_REQUEST when it means another.
   */
  of(routingKey: string, named: string): Site {
    const site = this.byName.get(named);
    if (site === undefined || routingKey.split('.')[1] !== named) {
      throw new DcmError('INVALID_REQUEST', `Unable to work on site ${named}: the command came for ${routingKey}`);
    }
    return site;
  }
}
