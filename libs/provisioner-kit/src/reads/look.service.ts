import { Injectable } from '@nestjs/common';
import {
  reasonTable,
  type HypervisorErrorBody,
  type LookAnswer,
  type StatusCommand,
  type StatusesCommand,
} from '@dcm/contracts';
import { Facts } from '../facts';
import { lookAt } from '../work/vm-lookup';
import { Reader } from './reader';
import type { Asked } from './read.commands';

/** How many VMs one statuses command may name: their answers go out together. */
export const looksAtOnce = 50;

type Look = StatusesCommand['looks'][number];

/** Tells what is to be seen of VMs. */
@Injectable()
export class LookService {
  constructor(
    private readonly facts: Facts,
    private readonly reader: Reader,
  ) {}

  /** @throws DcmError UNAVAILABLE when this process closes; so does `statuses`. */
  async status(asked: Asked, command: StatusCommand): Promise<void> {
    const { site, traceparent } = asked;
    const id = `${command.requestId}/observed`;
    const body = await this.look(asked, command);
    await this.facts.tell(site, { id, type: 'io.dcm.fact.observed.v1', body, traceparent });
  }

  /**
   * Looks at some at a time, as many as the site allows reads, and tells all together. After a look that shows the site itself in trouble the
   * others are not begun: its error is theirs.
   */
  async statuses(asked: Asked, { requestId, looks }: StatusesCommand): Promise<void> {
    const { site, traceparent } = asked;
    const answers: LookAnswer[] = [];
    const left = looks.values();
    let trouble: HypervisorErrorBody | null = null;
    const lane = async (): Promise<void> => {
      for (const look of left) {
        const answer = trouble === null ? await this.look(asked, look) : unseen(look, trouble);
        if (isTrouble(answer.error)) trouble ??= answer.error;
        answers.push(answer);
      }
    };
    await Promise.all(Array.from({ length: site.config.limits.maxReads }, lane));
    const id = `${requestId}/statuses`;
    await this.facts.tell(site, { id, type: 'io.dcm.fact.statuses.v1', body: { requestId, answers }, traceparent });
  }

  private async look({ site }: Asked, look: Look): Promise<LookAnswer> {
    const { requestId, instanceId } = look;
    const seen = await this.reader.read(site, (ctx) => lookAt(site.adapter, look, ctx));
    return seen.ok ? { requestId, instanceId, statuses: seen.value, error: null } : unseen(look, seen.error);
  }
}

const unseen = ({ requestId, instanceId }: Look, error: HypervisorErrorBody): LookAnswer => ({
  requestId,
  instanceId,
  statuses: [],
  error,
});

const isTrouble = (error: HypervisorErrorBody | null): error is HypervisorErrorBody =>
  error !== null && (reasonTable[error.reason].pausesSite || error.reason === 'CALL_TIMEOUT');
