import { Injectable } from '@nestjs/common';
import type { Fact } from '@dcm/contracts';
import { Change } from '../operations/change';
import { lookSoon } from '../operations/look.policy';
import { OperationsService } from '../operations/operations.service';
import { NoticesRepository } from './notices.repository';

/** A VM is read at most once in so many milliseconds because its platform says that it changed. */
const gapMs = 5_000;

/** Has VMs read again that changed on the platform. Strangers are none of our business. */
@Injectable()
export class NoticesService {
  constructor(
    private readonly operations: OperationsService,
    private readonly notices: NoticesRepository,
  ) {}

  /** Several replicas may tell the same change: it is not read more often for that than once per gap. */
  async hear({ site, nativeIds }: Fact<'io.dcm.fact.noticed.v1'>): Promise<void> {
    if (nativeIds.length === 0) return;
    await this.operations.transact(async ({ manager, scenes, store }) => {
      const noticed = await this.notices.take(manager, site, nativeIds, gapMs);
      if (noticed.length === 0) return;
      const times = new Map(noticed.map(({ vmId, lookAt }) => [vmId, lookAt]));
      const changes = (await scenes({ vmIds: [...times.keys()] })).map((scene) => new Change(scene));
      for (const change of changes) lookSoon(change, times.get(change.vm.doc.id) ?? change.now);
      await store(changes);
    });
  }
}
