import type { Condition } from '@dcm/contracts';
import type { Change } from '../operations/change';
import { lookFor, lookSoon, settleSoon, withoutLook } from '../operations/look.policy';
import type { Finding } from './finding.entity';

/** Why a VM was said not to be as granted although its size is: a full read puts it right. */
const toBeRead: readonly string[] = ['Missing', 'MarkRemoved'] satisfies Condition['reason'][];

/**
 * Draws the conclusion of a scan for one VM. While an operation is at work on it, that one decides.
 * @param lookAt when a look that is needed may be sent.
 */
export function decideFinding(change: Change, { kind }: Pick<Finding, 'kind'>, lookAt: () => Date): void {
  const { doc } = change.vm;
  if (doc.lifecycle !== 'active' || change.isBusy) return;
  if (kind === 'unreachable') becomeUnreachable(change);
  else if (kind === 'unseen' || kind === 'unmarked') lookFor(change, kind, lookAt());
  else becomePresent(change, kind === 'changed', lookAt);
}

function becomeUnreachable(change: Change): void {
  if (change.vm.doc.presence === 'present') change.tellVm('unreachable', { presence: 'unreachable' });
}

/** An older question whether it is there needs no answer any more. */
function becomePresent(change: Change, isChanged: boolean, lookAt: () => Date): void {
  const { presence, conditions } = change.vm.doc;
  const inSync = conditions.find(({ type }) => type === 'InSync');
  withoutLook(change, 'presence');
  if (presence !== 'present') change.tellVm('present', { presence: 'present' });
  if (change.vm.doubt !== null) settleSoon(change, lookAt());
  if (isChanged || (inSync !== undefined && toBeRead.includes(inSync.reason))) lookSoon(change, lookAt());
}
