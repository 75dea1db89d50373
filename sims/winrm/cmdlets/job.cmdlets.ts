import { VmmError } from '../model/errors';
import { byNameAndId, cmdlet, type Cmdlet } from './cmdlet';
import { ASYNC, ON_BEHALF, SERVER } from './parameters';

const HOUR_MS = 3_600_000;

/** Cmdlets about jobs. */
export const jobCmdlets: readonly Cmdlet[] = [
  cmdlet('Get-SCJob', {
    all: `Name:string ${SERVER} ${ON_BEHALF}`,
    sets: ['Full:switch Newest:int Job:Task ID:guid', 'All:switch! Full:switch Job:Task ID:guid', 'Running:switch!'],
    run: ({ vmm, args }) => {
      const job = args.object('Job', 'Task');
      if (job !== undefined) return [job];
      const hours = args.number('Newest');
      const since = hours === undefined ? 0 : vmm.clock.now().getTime() - hours * HOUR_MS;
      const seen = vmm.jobs.filter(
        ({ StartTime, IsCompleted }) => StartTime.getTime() >= since && (!args.isOn('Running') || !IsCompleted),
      );
      return byNameAndId(args, seen);
    },
  }),
  cmdlet('Stop-SCJob', {
    change: 'label',
    sets: [`Job:Task! Force:switch ${ASYNC}`],
    run: ({ args }) => {
      const job = args.the('Job', 'Task');
      if (!job.isCancellable) throw new VmmError(2601, [job.ID]);
      job.cancel();
      return [job];
    },
  }),
];
