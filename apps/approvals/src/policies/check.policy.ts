import { DcmError, type ApprovalLevel, type ErrorDetail, type PolicyRule } from '@dcm/contracts';
import { contextOf } from './context.mapper';
import { compile, placeIn, RuleFault, type Program } from './language';
import { samples } from './samples.mapper';

/** What of a rule is checked. */
export type Draft = Pick<PolicyRule, 'name' | 'operations' | 'when' | 'effect' | 'overQuota'>;

function trial(program: Program, { operations }: Draft): string | undefined {
  for (const { name, facts } of samples) {
    if (!operations.includes(facts.request.kind)) continue;
    const { values, lists } = contextOf(facts);
    try {
      program.run(values, lists);
    } catch (error) {
      if (error instanceof RuleFault) return `it has no answer for ${name}: ${error.message}`;
      throw error;
    }
  }
  return undefined;
}

function faultOfText(draft: Draft): ErrorDetail[] {
  const compiled = compile(draft.when);
  if ('program' in compiled) {
    const message = trial(compiled.program, draft);
    return message === undefined ? [] : [{ pointer: '/when', message }];
  }
  const { message, offset } = compiled.fault;
  return [{ pointer: '/when', message: `${placeIn(draft.when, offset)}: ${message}` }];
}

function faultOfLevel({ mode, approvers, minApprovals }: ApprovalLevel): string | undefined {
  if (mode === 'ALL_OF') return minApprovals === 1 ? undefined : 'is for ANY_OF only';
  const canBeMet = minApprovals <= approvers.length || approvers.some((one) => 'role' in one);
  return canBeMet ? undefined : `is more than the ${approvers.length} approvers`;
}

const faultsOfLevels = (pointer: string, levels: readonly ApprovalLevel[]): ErrorDetail[] =>
  levels.flatMap((level, index) => {
    const message = faultOfLevel(level);
    return message === undefined ? [] : [{ pointer: `${pointer}/${index}/minApprovals`, message }];
  });

/** Nobody raises a limit by keeping silent. */
const faultsOfOverQuota = (levels: readonly ApprovalLevel[]): ErrorDetail[] => [
  ...faultsOfLevels('/overQuota/levels', levels),
  ...levels.flatMap(({ onExpiry }, index) =>
    onExpiry === 'approve'
      ? [{ pointer: `/overQuota/levels/${index}/onExpiry`, message: 'no limit is raised because nobody answered' }]
      : [],
  ),
];

/** What can never be asked. */
function vainOverQuota({ effect, operations, overQuota }: Draft): ErrorDetail[] {
  const refuse = (message: string): ErrorDetail[] => [{ pointer: '/overQuota', message }];
  if (overQuota === undefined) return [];
  if (effect.kind === 'reject') return refuse('nobody is asked about what the rule rejects');
  return operations.every((kind) => kind === 'vm.delete') ? refuse('a delete exceeds no quota') : [];
}

function faultsOf(draft: Draft): ErrorDetail[] {
  const { effect, overQuota } = draft;
  const ofEffect = effect.kind === 'ask' ? faultsOfLevels('/effect/levels', effect.levels) : [];
  const ofQuota = overQuota === undefined ? [] : faultsOfOverQuota(overQuota.levels);
  return [...faultOfText(draft), ...ofEffect, ...ofQuota, ...vainOverQuota(draft)];
}

/** Whether a rule can be kept: its text is understood, yields bool, and has an answer for every sample. @throws DcmError INVALID_REQUEST */
export function assertSound(draft: Draft, pointer = ''): void {
  const details = faultsOf(draft).map((fault) => ({ ...fault, pointer: `${pointer}${fault.pointer}` }));
  const [first] = details;
  if (first === undefined) return;
  throw new DcmError('INVALID_REQUEST', `Unable to take rule ${draft.name}: ${first.pointer}: ${first.message}`, {
    details,
  });
}
