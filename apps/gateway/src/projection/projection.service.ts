import { Injectable } from '@nestjs/common';
import type { Changed } from '@dcm/contracts';
import { isInfrastructureError } from '@dcm/messaging';
import { failpoint } from '@dcm/runtime';
import { GroupCommit } from '../requests/group-commit';
import type { ResourceRow } from '../resources/resource';
import { rowOfChange } from '../resources/resource.mapper';
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
  private readonly commits: GroupCommit<ResourceRow, ProjectionMark>;

  constructor(private readonly projection: ProjectionRepository) {
    this.commits = new GroupCommit({
      write: async (rows) => {
        const mark = await this.applyRows(rows);
        return rows.map(() => mark);
      },
      keyOf: (row) => String(row.position),
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
    await this.commits.add(rowOfChange(change));
  }

  /** Applies a page of the journal. */
  applyAll(changes: readonly Changed[]): Promise<ProjectionMark> {
    return this.applyRows(changes.map(rowOfChange));
  }

  mark(): Promise<ProjectionMark> {
    return this.projection.mark();
  }

  private async applyRows(rows: readonly ResourceRow[]): Promise<ProjectionMark> {
    failpoint('gateway.projection.before');
    const mark = await this.projection.apply(rows);
    failpoint('gateway.projection.committed');
    for (const listener of this.listeners) listener(mark);
    return mark;
  }
}
