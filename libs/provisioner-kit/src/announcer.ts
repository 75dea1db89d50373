import { Inject, Injectable } from '@nestjs/common';
import type { PlatformDescription } from '@dcm/contracts';
import { newId, type Log } from '@dcm/runtime';
import { Facts } from './facts';
import { LOG } from './provisioner.tokens';
import { ProvisionerMetrics } from './provisioner-metrics';
import { looksAtOnce } from './reads/look.service';
import { Reader } from './reads/reader';
import type { Site } from './site';
import { healthOf } from './site-health';

/** Tells approvals that a site is served here, what its platform can do, how it fares, and the key for its guests' secrets. */
@Injectable()
export class Announcer {
  constructor(
    private readonly facts: Facts,
    private readonly reader: Reader,
    private readonly metrics: ProvisionerMetrics,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Looks and tells, once. A site that cannot be reached is announced too: without a description, with the reason. */
  async announce(site: Site): Promise<void> {
    const [description, health] = await Promise.all([
      this.reader.read(site, (ctx) => site.adapter.describe(ctx)),
      this.reader.read(site, (ctx) => healthOf(site.adapter, ctx)),
    ]);
    if (!health.ok) return;
    this.metrics.siteChecked(site.config.name, health.value.loggedIn);
    if (!health.value.loggedIn) {
      this.log.warn({ site: site.config.name, detail: health.value.detail }, 'the site cannot be used');
    }
    await this.facts.mention(site, {
      id: newId(),
      type: 'io.dcm.fact.announced.v1',
      body: {
        description: description.ok ? this.checked(site, description.value) : null,
        health: health.value,
        sealingKey: site.sealingKey.publicKey,
        maxConcurrent: site.config.limits.maxConcurrent,
        looksAtOnce,
      },
    });
  }

  /** A description of another platform than its provisioner's is a defect that nobody else could notice. */
  private checked(site: Site, description: PlatformDescription): PlatformDescription | null {
    if (description.platform === site.platform) return description;
    this.log.error(
      { site: site.config.name, platform: description.platform },
      'the adapter describes another platform',
    );
    return null;
  }
}
