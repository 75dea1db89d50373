import { Injectable } from '@nestjs/common';
import { DcmError, type Image, type Project, type Size } from '@dcm/contracts';
import type { Scope } from '../auth/principal';
import { FreshnessService } from '../projection/freshness.service';
import { RecentDocs } from './recent-docs';

/** A look for one thing: what is found, and why that does not do. */
interface Look<T> {
  readonly found: T | undefined;
  readonly fault: string | undefined;
}

/**
 * Finds what a request names. What is not in the read model may still exist, because the read model follows the journal and may be
 * behind; so a request is refused here only when the read model is known to hold all that the journal holds. Else it is accepted, and
 * approvals, which knows, decides: a wrong name then costs a rejected operation, but a right one is never refused.
 */
@Injectable()
export class NamesService {
  constructor(
    private readonly recent: RecentDocs,
    private readonly freshness: FreshnessService,
  ) {}

  /** @throws DcmError NOT_FOUND; UNAVAILABLE while it is not certain: without its project a VM has neither tenant nor site to be shown with. */
  async project(scope: Scope, id: string): Promise<Project> {
    const project = await this.certain('/projectId', async () => {
      const found = await this.recent.find(scope, 'project', id);
      return { found, fault: found === undefined ? `project ${id} is not known` : undefined };
    });
    if (project !== undefined) return project;
    throw new DcmError('UNAVAILABLE', `Unable to say whether project ${id} exists: the read model is behind`, {
      retryAfterMs: 1_000,
    });
  }

  /** @returns undefined while it is not certain that there is none. @throws DcmError NOT_FOUND */
  size(scope: Scope, name: string): Promise<Size | undefined> {
    return this.certain('/size', async () => {
      const found = await this.recent.find(scope, 'size', name);
      return { found, fault: found === undefined ? `size ${name} is not known` : undefined };
    });
  }

  /**
   * An image that has a template on the site.
   * @returns undefined while it is not certain that there is none. @throws DcmError NOT_FOUND
   */
  image(scope: Scope, name: string, site: string): Promise<Image | undefined> {
    return this.certain('/image', async (isSecondLook) => {
      if (isSecondLook) this.recent.forget('image', name);
      const found = await this.recent.find(scope, 'image', name);
      if (found === undefined) return { found, fault: `image ${name} is not known` };
      const hasTemplate = Object.hasOwn(found.templates, site);
      return { found, fault: hasTemplate ? undefined : `image ${name} has no template on site ${site}` };
    });
  }

  /** Looks, and when that fails looks again behind everything that the journal held. */
  async certain<T>(pointer: string, look: (isSecondLook: boolean) => Promise<Look<T>>): Promise<T | undefined> {
    const first = await look(false);
    if (first.fault === undefined) return first.found;
    if (!(await this.freshness.isUpToDate())) return undefined;
    const second = await look(true);
    if (second.fault === undefined) return second.found;
    const details = [{ pointer, message: second.fault }];
    throw new DcmError('NOT_FOUND', `Unable to accept the request: ${second.fault}`, { details });
  }
}
