import { Injectable } from '@nestjs/common';
import {
  DcmError,
  imageFaultOf,
  withImageDefaults,
  type CreateVm,
  type DcmErrorBody,
  type ErrorDetail,
  type Image,
  type Project,
  type Size,
} from '@dcm/contracts';
import type { Scope } from '../auth/principal';
import { FreshnessService } from '../projection/freshness.service';
import { RecentDocs } from './recent-docs';

/** A look for one thing: what is found, and why that does not do. */
interface Look<T> {
  readonly found: T | undefined;
  readonly fault: Fault | null;
}

/** Why what was found does not do. */
type Fault = Pick<DcmErrorBody, 'code'> & { readonly details: readonly [ErrorDetail, ...ErrorDetail[]] };

const notFound = (pointer: string, message: string): Fault => ({ code: 'NOT_FOUND', details: [{ pointer, message }] });

/** A VM request with its image's defaults, and what the size stands for that it then names. */
export interface CompletedWish {
  readonly wish: Omit<CreateVm, 'clientToken'>;
  readonly size: Size | undefined;
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
    const project = await this.certain(async () => {
      const found = await this.recent.find(scope, 'project', id);
      return { found, fault: found === undefined ? notFound('/projectId', `project ${id} is not known`) : null };
    });
    if (project !== undefined) return project;
    throw new DcmError('UNAVAILABLE', `Unable to say whether project ${id} exists: the read model is behind`, {
      retryAfterMs: 1_000,
    });
  }

  /** @returns undefined while it is not certain that there is none. @throws DcmError NOT_FOUND */
  size(scope: Scope, name: string): Promise<Size | undefined> {
    return this.certain(async (isSecondLook) => {
      if (isSecondLook) this.recent.forget('size', name);
      const found = await this.recent.find(scope, 'size', name);
      return { found, fault: found === undefined ? notFound('/size', `size ${name} is not known`) : null };
    });
  }

  /**
   * What a request asks for with its image's defaults; while that is not certain, as far as it is known.
   * @param scope of the tenant whose VM it is to be, whoever asks.
   * @throws DcmError NOT_FOUND for an image, its template on the site, or a size; CONFLICT for a retired image; INVALID_REQUEST for no size at
   * all, or less than the image needs.
   */
  async complete(scope: Scope, wish: CompletedWish['wish'], site: string): Promise<CompletedWish> {
    const known = await this.certain((isSecondLook) => this.lookUp(scope, wish, { site, isSecondLook }));
    return known ?? { wish, size: undefined };
  }

  private async lookUp(
    scope: Scope,
    wish: CompletedWish['wish'],
    { site, isSecondLook }: { readonly site: string; readonly isSecondLook: boolean },
  ): Promise<Look<CompletedWish>> {
    if (isSecondLook && wish.image !== undefined) this.recent.forget('image', wish.image);
    const image = wish.image === undefined ? undefined : await this.recent.find(scope, 'image', wish.image);
    const asked = image === undefined ? wish : withImageDefaults(wish, image);
    if (isSecondLook && asked.size !== undefined) this.recent.forget('size', asked.size);
    const size = asked.size === undefined ? undefined : await this.recent.find(scope, 'size', asked.size);
    return { found: { wish: asked, size }, fault: faultOf({ wish: asked, size }, image, site) };
  }

  /** Looks, and when that fails looks again behind everything that the journal held. @returns what was found; it may be out of date then. */
  async certain<T>(look: (isSecondLook: boolean) => Promise<Look<T>>): Promise<T | undefined> {
    const first = await look(false);
    if (first.fault === null || !(await this.freshness.isUpToDate())) return first.found;
    const { found, fault } = await look(true);
    if (fault === null) return found;
    const details = [...fault.details];
    throw new DcmError(fault.code, `Unable to accept the request: ${fault.details[0].message}`, { details });
  }
}

function faultOf({ wish, size }: CompletedWish, image: Image | undefined, site: string): Fault | null {
  if (wish.size !== undefined && size === undefined) return notFound('/size', `size ${wish.size} is not known`);
  if (wish.image === undefined) return null;
  if (image === undefined) return notFound('/image', `image ${wish.image} is not known`);
  if (!Object.hasOwn(image.templates, site)) {
    return notFound('/image', `image ${wish.image} has no template on site ${site}`);
  }
  return imageFaultOf(image, wish, size);
}
