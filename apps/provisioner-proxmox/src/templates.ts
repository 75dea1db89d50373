import type { Access } from './access';
import type { PveClient } from './client/pve.client';
import { readDevices } from './device.mapper';
import { readFirmware } from './firmware.policy';
import { isNoSuchVm } from './guest.errors';
import { isNodeUnreachable } from './outcome.errors';
import type { Image } from './places';
import { readFlag, readNumber, readRecord, readString } from './reader.mapper';
import { SharedReading } from './shared-reading';
import type { Template } from './template';

/** A template's reading serves others than who asked for it, so that it has a time limit of its own. */
const READ_TIMEOUT_MS = 30_000;

/** Who asks. */
export type Asker = Pick<Access, 'signal' | 'requireTime' | 'requireCaller'>;

/** Reads templates as they are now. One reading serves all who ask for the same template at the same time. */
export class Templates {
  private readonly readings = new Map<string, SharedReading<Template | undefined>>();

  constructor(private readonly client: Pick<PveClient, 'get'>) {}

  /** @returns undefined when it is gone, no template any more, or on a node that does not answer */
  async read(access: Asker, image: Image): Promise<Template | undefined> {
    access.requireTime();
    try {
      const template = await this.readingOf(image).get(access.signal);
      return template && { ...template, image };
    } catch (error) {
      access.requireCaller();
      throw error;
    }
  }

  private readingOf(image: Image): SharedReading<Template | undefined> {
    const key = `${image.node}/${image.vmid}`;
    const known = this.readings.get(key) ?? new SharedReading(() => this.readNow(image));
    this.readings.set(key, known);
    return known;
  }

  private async readNow(image: Image): Promise<Template | undefined> {
    const path = ['nodes', image.node, 'qemu', image.vmid, 'config'];
    try {
      const config = readRecord(await this.client.get(path, {}, { signal: AbortSignal.timeout(READ_TIMEOUT_MS) }));
      if (!readFlag(config['template'])) return undefined;
      return {
        image,
        digest: readString(config['digest']) ?? '',
        devices: readDevices(config),
        sockets: readNumber(config['sockets']) ?? 1,
        firmware: readFirmware(config),
      };
    } catch (error) {
      if (isNoSuchVm(error) || isNodeUnreachable(error)) return undefined;
      throw error;
    }
  }
}
