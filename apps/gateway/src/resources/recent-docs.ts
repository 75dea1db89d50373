import { Injectable } from '@nestjs/common';
import { visibilityIn } from '@dcm/contracts';
import type { Scope } from '../auth/principal';
import type { DocOf } from './resource';
import { ResourceRepository } from './resource.repository';
import { isVisible } from './visibility.policy';

/**
 * Kinds that commands look up: a project's tenant, site and platform and a size's figures never change, and what else of an image or a size is
 * held against a request is looked at anew. Images are found by their names.
 */
type SteadyKind = 'project' | 'size' | 'image';

interface Entry {
  readonly doc: Promise<DocOf<SteadyKind> | undefined>;
  readonly validUntil: number;
}

const ttlMs = 2_000;
const capacity = 10_000;

/** Remembers for two seconds the things that every command looks up, so that a burst of commands costs one look-up. What is not there is asked for again. */
@Injectable()
export class RecentDocs {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly resources: ResourceRepository) {}

  async find<N extends SteadyKind>(scope: Scope, kind: N, id: string): Promise<DocOf<N> | undefined> {
    const doc = (await this.load(kind, id)) as DocOf<N> | undefined;
    if (doc === undefined) return undefined;
    const tenantId = 'tenantId' in doc ? doc.tenantId : null;
    return isVisible(scope, { kind, tenantId, visibility: visibilityIn(doc) }) ? doc : undefined;
  }

  /** The next look is a fresh one. */
  forget(kind: SteadyKind, id: string): void {
    this.entries.delete(`${kind}/${id}`);
  }

  private load(kind: SteadyKind, id: string): Promise<DocOf<SteadyKind> | undefined> {
    const key = `${kind}/${id}`;
    const known = this.entries.get(key);
    if (known !== undefined && known.validUntil > performance.now()) return known.doc;
    const doc = this.look(kind, id);
    this.keep(key, { doc, validUntil: performance.now() + ttlMs });
    const forget = (): void => {
      if (this.entries.get(key)?.doc === doc) this.entries.delete(key);
    };
    void doc.then((found) => {
      if (found === undefined) forget();
    }, forget);
    return doc;
  }

  private look(kind: SteadyKind, id: string): Promise<DocOf<SteadyKind> | undefined> {
    const all = { tenantId: null };
    return kind === 'image' ? this.resources.findNamed(all, kind, id) : this.resources.find(all, kind, id);
  }

  private keep(key: string, entry: Entry): void {
    this.entries.delete(key);
    this.entries.set(key, entry);
    if (this.entries.size <= capacity) return;
    const oldest = this.entries.keys().next();
    if (oldest.done !== true) this.entries.delete(oldest.value);
  }
}
