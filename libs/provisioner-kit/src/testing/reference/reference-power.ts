import { HypervisorError, type PowerAction } from '@dcm/contracts';
import type { ReferenceHypervisor, ReferenceVm } from './reference-hypervisor';

/** One call to the platform. */
export type PowerStep = (server: ReferenceHypervisor, session: string, vm: ReferenceVm) => Promise<void>;

const power =
  (action: 'on' | 'off' | 'suspend' | 'reset'): PowerStep =>
  (server, session, vm) =>
    server.power(session, vm.nativeId, action);
const ask =
  (wish: 'shutdown' | 'reboot'): PowerStep =>
  (server, session, vm) =>
    server.askGuest(session, vm.nativeId, wish);

type Mode = 'SOFT' | 'HARD' | 'TRY_SOFT' | undefined;
type Way = (mode: Mode, vm: ReferenceVm) => PowerStep[] | 'refused';

const nothing: Way = () => [];
const refused: Way = () => 'refused';
const always =
  (step: PowerStep): Way =>
  () => [step];
const softly =
  (soft: PowerStep, hard: PowerStep): Way =>
  (mode, vm) => [mode === 'SOFT' || (mode === 'TRY_SOFT' && vm.toolsRunning) ? soft : hard];
const unlessSoft =
  (step: PowerStep): Way =>
  (mode) =>
    mode === 'SOFT' ? 'refused' : [step];

/** Where each action leads from each state. */
const ways: Readonly<Record<PowerAction['action'], Readonly<Record<ReferenceVm['power'], Way>>>> = {
  ON: { on: nothing, off: always(power('on')), suspended: always(power('on')) },
  RESUME: { on: nothing, off: refused, suspended: always(power('on')) },
  SUSPEND: { on: always(power('suspend')), off: refused, suspended: nothing },
  OFF: { on: softly(ask('shutdown'), power('off')), off: nothing, suspended: unlessSoft(power('off')) },
  RESTART: { on: softly(ask('reboot'), power('reset')), off: refused, suspended: refused },
};

/**
 * The calls that lead from a VM's state to the wanted one; none when it is there already.
 * @throws HypervisorError INVALID_POWER_STATE where no way leads.
 */
export function powerStepsFor(request: PowerAction, vm: ReferenceVm): PowerStep[] {
  const steps = ways[request.action][vm.power]('mode' in request ? request.mode : undefined, vm);
  if (steps !== 'refused') return steps;
  throw new HypervisorError('INVALID_POWER_STATE', `Unable to ${request.action} VM ${vm.name}: it is ${vm.power}`, {
    effect: 'NONE',
  });
}
