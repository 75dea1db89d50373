import { Injectable } from '@nestjs/common';
import type { Changed } from '@dcm/contracts';
import { isInfrastructureError } from '@dcm/messaging';
import { failpoint } from '@dcm/runtime';
import { GroupCommit } from '../requests/group-commit';
import type { ProjectionMark } from './projection-mark';
import { ProjectionRepository } from './projection.repository';

type Listener = (mark: ProjectionMark) => void;

const maxBatch = 256;
/** Under load changes gather for so long: of a state that changed twice meanwhile only the newest is written. */
const spacingMs = 40;

/** Puts changes into the read model, many in one commit, and tells who listens how far it has come. */
@Injectable()
export class ProjectionService {
  private readonly listeners: Listener[] = [];
  private readonly commits: GroupCommit<Changed, ProjectionMark>;

  constructor(private readonly projection: ProjectionRepository) {
    this.commits = new GroupCommit({
      write: async (changes) => {
        const mark = await this.applyAll(changes);
        return changes.map(() => mark);
      },
      keyOf: (change) => String(change.position),
      maxBatch,
      maxInFlight: 1,
      spacingMs,
      isCommonFailure: isInfrastructureError,
    });
  }

  onApplied(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Resolves when the change is committed. */
  async apply(change: Changed): Promise<void> {
    await this.commits.add(change);
  }

  /** Applies a page of the journal. */
  async applyAll(changes: readonly Changed[]): Promise<ProjectionMark> {
    failpoint('gateway.projection.before');
    const mark = await this.projection.apply(changes);
    failpoint('gateway.projection.committed');
    for (const listener of this.listeners) listener(mark);
    return mark;
  }

  mark(): Promise<ProjectionMark> {
    return this.projection.mark();
  }
}
