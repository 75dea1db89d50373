import type { Behaviour } from '../behaviour';
import { whenACreationIsCancelledInTheMiddle } from './when-a-creation-is-cancelled-in-the-middle';
import { whenADeleteStopsHalfWay } from './when-a-delete-stops-half-way';
import { whenAGuestHasAContainerBridge } from './when-a-guest-has-a-container-bridge';
import { whenAListingBreaksOff } from './when-a-listing-breaks-off';
import { whenAMarkIsBorneTwice } from './when-a-mark-is-borne-twice';
import { whenAPausedWorkerWakesLate } from './when-a-paused-worker-wakes-late';
import { whenAResizeStopsHalfWay } from './when-a-resize-stops-half-way';
import { whenARestartIsDeliveredAgain } from './when-a-restart-is-delivered-again';
import { whenASnapshotIsUnknown } from './when-a-snapshot-is-unknown';
import { whenAStrangerHoldsTheName } from './when-a-stranger-holds-the-name';
import { whenAStrangerIsNamed } from './when-a-stranger-is-named';
import { whenAVmWasDeletedByHand } from './when-a-vm-was-deleted-by-hand';
import { whenAVmWasRenamedByHand } from './when-a-vm-was-renamed-by-hand';
import { whenAddingADisk } from './when-adding-a-disk';
import { whenAnAdministratorCopiesAVm } from './when-an-administrator-copies-a-vm';
import { whenAnAttemptDiedBeforePowerOn } from './when-an-attempt-died-before-power-on';
import { whenAnAttemptDiesAtEachStep } from './when-an-attempt-dies-at-each-step';
import { whenAnotherInstallationOwnsTheVm } from './when-another-installation-owns-the-vm';
import { whenChangingAnything } from './when-changing-anything';
import { whenCheckingHealthWithAWrongPassword } from './when-checking-health-with-a-wrong-password';
import { whenChoosingHowToCopy } from './when-choosing-how-to-copy';
import { whenChoosingSecureBoot } from './when-choosing-secure-boot';
import { whenConnectionsAreHalfOpen } from './when-connections-are-half-open';
import { whenConnectionsVanish } from './when-connections-vanish';
import { whenCreatingBlank } from './when-creating-blank';
import { whenCreatingFromAnImage } from './when-creating-from-an-image';
import { whenCreatingSwitchedOff } from './when-creating-switched-off';
import { whenCreatingTwice } from './when-creating-twice';
import { whenCreatingWithLargerDisks } from './when-creating-with-larger-disks';
import { whenDeletingAMissingVm } from './when-deleting-a-missing-vm';
import { whenDeletingARunningVm } from './when-deleting-a-running-vm';
import { whenDeletingAVmWithSnapshots } from './when-deleting-a-vm-with-snapshots';
import { whenDeletingWhileCreating } from './when-deleting-while-creating';
import { whenDescribingItself } from './when-describing-itself';
import { whenGrowingADisk } from './when-growing-a-disk';
import { whenGrowingCpusAndMemory } from './when-growing-cpus-and-memory';
import { whenGuestsAreToldHostileText } from './when-guests-are-told-hostile-text';
import { whenJoiningADomain } from './when-joining-a-domain';
import { whenListingAThousandVms } from './when-listing-a-thousand-vms';
import { whenListingResources } from './when-listing-resources';
import { whenListingVms } from './when-listing-vms';
import { whenNamesAreHostile } from './when-names-are-hostile';
import { whenNoTimeIsLeft } from './when-no-time-is-left';
import { whenOpeningAConsole } from './when-opening-a-console';
import { whenPermissionsAreLost } from './when-permissions-are-lost';
import { whenPlanning } from './when-planning';
import { whenPlanningAMissingImage } from './when-planning-a-missing-image';
import { whenPlanningAMissingNetwork } from './when-planning-a-missing-network';
import { whenPlanningAMissingStorage } from './when-planning-a-missing-storage';
import { whenPlanningAnUnknownKey } from './when-planning-an-unknown-key';
import { whenPoweringOffHard } from './when-powering-off-hard';
import { whenPoweringOffSoftly } from './when-powering-off-softly';
import { whenPoweringOn } from './when-powering-on';
import { whenRemovingASnapshot } from './when-removing-a-snapshot';
import { whenResizingARunningVm } from './when-resizing-a-running-vm';
import { whenRestartingHard } from './when-restarting-hard';
import { whenRestartingSoftly } from './when-restarting-softly';
import { whenResuming } from './when-resuming';
import { whenRevertingToASnapshot } from './when-reverting-to-a-snapshot';
import { whenSessionsExpire } from './when-sessions-expire';
import { whenSessionsExpireInTheMiddle } from './when-sessions-expire-in-the-middle';
import { whenShrinkingADisk } from './when-shrinking-a-disk';
import { whenShuttingDownWithoutGuestTools } from './when-shutting-down-without-guest-tools';
import { whenSuspending } from './when-suspending';
import { whenTakingASnapshot } from './when-taking-a-snapshot';
import { whenTheAnswerToADeleteIsLost } from './when-the-answer-to-a-delete-is-lost';
import { whenTheAnswerToAPowerChangeIsLost } from './when-the-answer-to-a-power-change-is-lost';
import { whenTheAnswerToAResizeIsLost } from './when-the-answer-to-a-resize-is-lost';
import { whenTheAnswerToARestartIsLost } from './when-the-answer-to-a-restart-is-lost';
import { whenTheAnswerToASnapshotIsLost } from './when-the-answer-to-a-snapshot-is-lost';
import { whenTheAnswerToCreateIsLost } from './when-the-answer-to-create-is-lost';
import { whenTheCertificateIsNotTrusted } from './when-the-certificate-is-not-trusted';
import { whenTheClaimIsLostInTheMiddle } from './when-the-claim-is-lost-in-the-middle';
import { whenTheClaimIsRefused } from './when-the-claim-is-refused';
import { whenTheGuestAgentIsLate } from './when-the-guest-agent-is-late';
import { whenTheGuestAgentStops } from './when-the-guest-agent-stops';
import { whenTheMarkWasRemoved } from './when-the-mark-was-removed';
import { whenTheOperationIsCancelled } from './when-the-operation-is-cancelled';
import { whenThePasswordIsWrong } from './when-the-password-is-wrong';
import { whenTheSiteFallsSilent } from './when-the-site-falls-silent';
import { whenTheSiteHangs } from './when-the-site-hangs';
import { whenTheSiteIsOverloaded } from './when-the-site-is-overloaded';
import { whenTheSiteIsSlow } from './when-the-site-is-slow';
import { whenTheSiteRefusesConnections } from './when-the-site-refuses-connections';
import { whenTimeRunsOutInTheMiddle } from './when-time-runs-out-in-the-middle';
import { whenTryingToPowerOff } from './when-trying-to-power-off';
import { whenTryingToRestart } from './when-trying-to-restart';
import { whenTwoWorkersCreateAtOnce } from './when-two-workers-create-at-once';
import { whenTwoWorkersDeleteAtOnce } from './when-two-workers-delete-at-once';
import { whenVmsChangeByHand } from './when-vms-change-by-hand';

/** The whole suite, in the order of a VM's life; trouble with the site comes last. */
export const behaviours: readonly Behaviour[] = [
  whenDescribingItself,
  whenListingResources,
  whenPlanning,
  whenPlanningAMissingImage,
  whenPlanningAMissingNetwork,
  whenPlanningAMissingStorage,
  whenPlanningAnUnknownKey,
  whenCreatingFromAnImage,
  whenCreatingWithLargerDisks,
  whenCreatingBlank,
  whenChoosingHowToCopy,
  whenChoosingSecureBoot,
  whenJoiningADomain,
  whenCreatingTwice,
  whenCreatingSwitchedOff,
  whenAnAttemptDiedBeforePowerOn,
  whenAnAttemptDiesAtEachStep,
  whenTwoWorkersCreateAtOnce,
  whenAPausedWorkerWakesLate,
  whenTheAnswerToCreateIsLost,
  whenAStrangerHoldsTheName,
  whenNamesAreHostile,
  whenGuestsAreToldHostileText,
  whenTheClaimIsRefused,
  whenTheClaimIsLostInTheMiddle,
  whenChangingAnything,
  whenTheOperationIsCancelled,
  whenACreationIsCancelledInTheMiddle,
  whenNoTimeIsLeft,
  whenTimeRunsOutInTheMiddle,
  whenPoweringOn,
  whenPoweringOffHard,
  whenPoweringOffSoftly,
  whenTryingToPowerOff,
  whenSuspending,
  whenResuming,
  whenRestartingHard,
  whenRestartingSoftly,
  whenTryingToRestart,
  whenShuttingDownWithoutGuestTools,
  whenARestartIsDeliveredAgain,
  whenTheAnswerToARestartIsLost,
  whenTheAnswerToAPowerChangeIsLost,
  whenTheGuestAgentIsLate,
  whenTheGuestAgentStops,
  whenAGuestHasAContainerBridge,
  whenGrowingCpusAndMemory,
  whenResizingARunningVm,
  whenGrowingADisk,
  whenAddingADisk,
  whenShrinkingADisk,
  whenTheAnswerToAResizeIsLost,
  whenAResizeStopsHalfWay,
  whenTakingASnapshot,
  whenTheAnswerToASnapshotIsLost,
  whenRevertingToASnapshot,
  whenRemovingASnapshot,
  whenASnapshotIsUnknown,
  whenDeletingAVmWithSnapshots,
  whenOpeningAConsole,
  whenVmsChangeByHand,
  whenDeletingARunningVm,
  whenDeletingAMissingVm,
  whenDeletingWhileCreating,
  whenTwoWorkersDeleteAtOnce,
  whenADeleteStopsHalfWay,
  whenTheAnswerToADeleteIsLost,
  whenAVmWasDeletedByHand,
  whenTheMarkWasRemoved,
  whenAVmWasRenamedByHand,
  whenAMarkIsBorneTwice,
  whenPermissionsAreLost,
  whenAnotherInstallationOwnsTheVm,
  whenAStrangerIsNamed,
  whenAnAdministratorCopiesAVm,
  whenListingVms,
  whenAListingBreaksOff,
  whenListingAThousandVms,
  whenThePasswordIsWrong,
  whenCheckingHealthWithAWrongPassword,
  whenSessionsExpire,
  whenSessionsExpireInTheMiddle,
  whenTheCertificateIsNotTrusted,
  whenTheSiteRefusesConnections,
  whenConnectionsAreHalfOpen,
  whenConnectionsVanish,
  whenTheSiteHangs,
  whenTheSiteFallsSilent,
  whenTheSiteIsOverloaded,
  whenTheSiteIsSlow,
];
