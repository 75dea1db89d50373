import type { Behaviour } from '../behaviour';
import { whenAListingBreaksOff } from './when-a-listing-breaks-off';
import { whenARestartIsDeliveredAgain } from './when-a-restart-is-delivered-again';
import { whenAStrangerHoldsTheName } from './when-a-stranger-holds-the-name';
import { whenAStrangerIsNamed } from './when-a-stranger-is-named';
import { whenAVmWasDeletedByHand } from './when-a-vm-was-deleted-by-hand';
import { whenAnAdministratorCopiesAVm } from './when-an-administrator-copies-a-vm';
import { whenAnAttemptDiedBeforePowerOn } from './when-an-attempt-died-before-power-on';
import { whenAnotherInstallationOwnsTheVm } from './when-another-installation-owns-the-vm';
import { whenChangingAnything } from './when-changing-anything';
import { whenCheckingHealthWithAWrongPassword } from './when-checking-health-with-a-wrong-password';
import { whenCreatingBlank } from './when-creating-blank';
import { whenCreatingFromAnImage } from './when-creating-from-an-image';
import { whenCreatingTwice } from './when-creating-twice';
import { whenCreatingWithLargerDisks } from './when-creating-with-larger-disks';
import { whenDeletingAMissingVm } from './when-deleting-a-missing-vm';
import { whenDeletingARunningVm } from './when-deleting-a-running-vm';
import { whenDescribingItself } from './when-describing-itself';
import { whenGuestsAreToldHostileText } from './when-guests-are-told-hostile-text';
import { whenListingResources } from './when-listing-resources';
import { whenListingVms } from './when-listing-vms';
import { whenNamesAreHostile } from './when-names-are-hostile';
import { whenNoTimeIsLeft } from './when-no-time-is-left';
import { whenPlanning } from './when-planning';
import { whenPlanningAMissingImage } from './when-planning-a-missing-image';
import { whenPlanningAMissingNetwork } from './when-planning-a-missing-network';
import { whenPlanningAMissingStorage } from './when-planning-a-missing-storage';
import { whenPlanningAnUnknownKey } from './when-planning-an-unknown-key';
import { whenPoweringOffHard } from './when-powering-off-hard';
import { whenPoweringOn } from './when-powering-on';
import { whenRestartingHard } from './when-restarting-hard';
import { whenResuming } from './when-resuming';
import { whenSessionsExpire } from './when-sessions-expire';
import { whenShuttingDownWithoutGuestTools } from './when-shutting-down-without-guest-tools';
import { whenSuspending } from './when-suspending';
import { whenTheAnswerToCreateIsLost } from './when-the-answer-to-create-is-lost';
import { whenTheClaimIsLostInTheMiddle } from './when-the-claim-is-lost-in-the-middle';
import { whenTheClaimIsRefused } from './when-the-claim-is-refused';
import { whenTheMarkWasRemoved } from './when-the-mark-was-removed';
import { whenTheOperationIsCancelled } from './when-the-operation-is-cancelled';
import { whenThePasswordIsWrong } from './when-the-password-is-wrong';
import { whenTheSiteFallsSilent } from './when-the-site-falls-silent';
import { whenTheSiteHangs } from './when-the-site-hangs';
import { whenTheSiteIsOverloaded } from './when-the-site-is-overloaded';
import { whenTwoWorkersCreateAtOnce } from './when-two-workers-create-at-once';

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
  whenCreatingTwice,
  whenAnAttemptDiedBeforePowerOn,
  whenTwoWorkersCreateAtOnce,
  whenTheAnswerToCreateIsLost,
  whenAStrangerHoldsTheName,
  whenNamesAreHostile,
  whenGuestsAreToldHostileText,
  whenTheClaimIsRefused,
  whenTheClaimIsLostInTheMiddle,
  whenChangingAnything,
  whenTheOperationIsCancelled,
  whenNoTimeIsLeft,
  whenPoweringOn,
  whenPoweringOffHard,
  whenSuspending,
  whenResuming,
  whenRestartingHard,
  whenShuttingDownWithoutGuestTools,
  whenARestartIsDeliveredAgain,
  whenDeletingARunningVm,
  whenDeletingAMissingVm,
  whenAVmWasDeletedByHand,
  whenTheMarkWasRemoved,
  whenAnotherInstallationOwnsTheVm,
  whenAStrangerIsNamed,
  whenAnAdministratorCopiesAVm,
  whenListingVms,
  whenAListingBreaksOff,
  whenThePasswordIsWrong,
  whenCheckingHealthWithAWrongPassword,
  whenSessionsExpire,
  whenTheSiteHangs,
  whenTheSiteFallsSilent,
  whenTheSiteIsOverloaded,
];
