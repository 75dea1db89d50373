export {
  type ApprovalId,
  approvalIdSchema,
  type CatalogueName,
  catalogueNameSchema,
  type ImageId,
  imageIdSchema,
  type OperationId,
  operationIdSchema,
  type Platform,
  platformSchema,
  type PolicyId,
  policyIdSchema,
  type ProjectId,
  projectIdSchema,
  type SiteName,
  siteNameSchema,
  type TenantId,
  tenantIdSchema,
  type VmId,
  vmIdSchema,
} from './ids';
export { DcmError, type DcmErrorBody, type DcmErrorOptions, type ErrorDetail } from './errors/dcm.error';
export {
  type ErrorCode,
  errorCodes,
  errorTable,
  type ErrorTableRow,
  isErrorCode,
  type RetryAdvice,
} from './errors/error-table';
export { errorBodySchema, errorDetailSchema, parseOrThrow, type Problem, problemSchema } from './errors/error.schema';
export {
  type Approval,
  approvalSchema,
  type ApprovalState,
  approvalStateSchema,
  isApprover,
  levelOf,
  type LevelDecision,
  levelDecisionSchema,
  signedEarlier,
} from './domain/approval';
export {
  belowMinimums,
  type Image,
  imageDefaultsSchema,
  imageFaultOf,
  imageMinimumsSchema,
  imageSchema,
  imageStateSchema,
  withImageDefaults,
} from './domain/image';
export {
  type Policy,
  policySchema,
  type Project,
  projectSchema,
  type Publisher,
  publisherSchema,
  type Site,
  type SiteResources,
  siteResourcesSchema,
  type SiteScan,
  siteScanSchema,
  siteSchema,
  siteStateSchema,
  type Size,
  sizeSchema,
  type Tenant,
  tenantSchema,
} from './domain/directory';
export { isSeenWith, isVisibleTo, type Visibility, visibilityIn, visibilitySchema } from './domain/visibility';
export {
  assertOperationTransition,
  endedWithout,
  isFinal,
  type Operation,
  type OperationKind,
  operationKinds,
  operationKindSchema,
  operationSchema,
  type OperationState,
  operationStates,
  operationStateSchema,
  operationTransitions,
  type WaitingFor,
  waitingKinds,
  waitingForSchema,
} from './domain/operation';
export {
  type LossFeature,
  lossFeatures,
  lossesFrom,
  type LossRule,
  type PlanLoss,
  planLossSchema,
} from './domain/loss';
export { type Batch, type BatchPlace, memberNameOf, mostVms, requestedNameOf } from './domain/batch';
export { type GuestSecret, guestSecretsOf, replaceGuestSecrets } from './domain/guest-secrets';
export { type CloneMode, cloneSchema, type Firmware, firmwareSchema } from './domain/vm';
export { type CreatedVm, createdVmSchema, guestDomainSchema } from './http/vm.schema';
export { guestWaitOf } from './hypervisor/guest-wait';
export { type GuestWish, guestWishes } from './hypervisor/guest-wishes';
export { type NeededApproval, type QuotaChange, quotaChangeSchema } from './domain/plan';
export { type PlanDiagnostic, planDiagnosticSchema, type PlanSummary, planSummarySchema } from './domain/plan';
export {
  type ApprovalLevel,
  approvalLevelSchema,
  approvalLevelsSchema,
  type Approver,
  approverSchema,
  type GovernedKind,
  governedKinds,
  governedKindSchema,
  type OverQuota,
  overQuotaSchema,
  type Raisable,
  raisableSchema,
  type PolicyEffect,
  policyEffectSchema,
  type PolicyRule,
  policyRuleSchema,
  type PolicyVerdict,
  policyVerdictSchema,
} from './domain/policy';
export {
  type Quota,
  quotaDimensions,
  type QuotaLimits,
  quotaLimitsSchema,
  quotaSchema,
  noAmount,
  type PlannedAmount,
  plannedAmountSchema,
  type ResourceAmount,
  resourceAmountSchema,
} from './domain/quota';
export { type Role, roles, roleSchema } from './domain/role';
export { currencySchema, type HourlyRates, hoursPerMonth, type Price, priceSchema } from './domain/rate';
export { type Rate, rateSchema, type RateScope } from './domain/rate';
export { type Address, addressSchema, assertLifecycleTransition, type Condition, conditionSchema } from './domain/vm';
export { type Disk, diskSchema, labelsSchema, type Lifecycle, lifecycles, lifecycleSchema } from './domain/vm';
export { lifecycleTransitions, type NetworkRequest, networkSchema, type PowerAction } from './domain/vm';
export { powerRequestSchema, type PowerState, powerStateSchema, type Presence, presenceSchema } from './domain/vm';
export { type Snapshot, snapshotSchema, type Vm, vmNameSchema, vmSchema } from './domain/vm';
export {
  type Capability,
  capabilitySchema,
  type Feature,
  features,
  featureSchema,
  type PlatformDescription,
  platformDescriptionSchema,
  type ResourcePool,
  resourcePoolSchema,
  type SiteHealth,
  siteHealthSchema,
} from './hypervisor/description';
export {
  type Effect,
  effects,
  type HypervisorCode,
  hypervisorCodes,
  HypervisorError,
  type HypervisorErrorBody,
  type HypervisorErrorOptions,
  hypervisorErrorSchema,
  type HypervisorReason,
  hypervisorReasons,
  OperationYielded,
  reasonTable,
} from './hypervisor/hypervisor.error';
export { decodeMark, encodeMark, isSameOwnership, type Mark, platformNameOf } from './hypervisor/mark';
export {
  type AdoptionFacet,
  type CallContext,
  type ChangeFeedFacet,
  type ConsoleFacet,
  type DeleteOutcome,
  type FindHints,
  type HypervisorPort,
  type ListVmsOptions,
  type OperationContext,
  type SnapshotFacet,
} from './hypervisor/port';
export { type SiteConfig, type SiteLimits, type SiteTls } from './hypervisor/site';
export { type Guest, guestSchema, type Ownership, ownershipSchema, type Plan, planSchema } from './hypervisor/vm';
export { type ProvisionedVm, type ResolvedVm, resolvedVmSchema, type VmPage, type VmRef } from './hypervisor/vm';
export { vmRefSchema, type VmRow, vmRowSchema, type VmSpec, vmSpecSchema, type VmStatus } from './hypervisor/vm';
export { vmStatusSchema, type VmTarget, vmTargetSchema } from './hypervisor/vm';
export {
  type AdminActor,
  adminActorSchema,
  type AdminCallName,
  adminCalls,
  type AdminInput,
  type AdminOutput,
  adminRequestSchema,
  type AskedRequest,
  askedRequestSchema,
  type DeadLetter,
  deadLetterSchema,
  type Reply,
  replySchema,
} from './messages/admin';
export { type CloudEvent, cloudEventContentType, cloudEventSchema } from './messages/envelope';
export * from './messages/events';
export * from './messages/facts';
export * from './messages/provisioning';
export {
  type MemberSecrets,
  type Requester,
  requesterSchema,
  requestMessages,
  type RequestType,
  requestTypeOf,
  requestTypes,
} from './messages/requests';
export { eventKey, type ExchangeName, exchanges, queues, siteKeys } from './messages/topology';
export {
  createdTokenSchema,
  createImageSchema,
  createProjectSchema,
  createPublisherSchema,
  createRateSchema,
  createSiteSchema,
  createSizeSchema,
  createTenantSchema,
  createTokenSchema,
  decideApprovalSchema,
  setQuotaSchema,
  updateImageSchema,
  updateSizeSchema,
  updateProjectSchema,
  updateSiteSchema,
} from './http/admin.schema';
export { emailSchema, type Person, personSchema, setPersonSchema } from './http/notification.schema';
export {
  type CreatePolicy,
  createPolicySchema,
  type PolicyTrial,
  policyTrialSchema,
  policyTrialsSchema,
  replacePolicySchema,
  tryPoliciesSchema,
} from './http/policy.schema';
export {
  everyone,
  idParams,
  type Method,
  nameParams,
  page,
  pageOf,
  paging,
  platformAdmins,
  type Route,
  route,
  tenantAdmins,
  type TypedRoute,
  writers,
} from './http/route';
export { projectIdsOf, type Quote, type QuoteRequest, quoteRequestSchema } from './http/quote.schema';
export { quoteSchema, quotesSchema, requestOfQuote } from './http/quote.schema';
export { type RouteInput, type RouteName, type RouteOutput, routes } from './http/routes';
export { acceptedVmSchema, type Console, consoleSchema, type CreateSnapshot } from './http/vm.schema';
export { createSnapshotSchema, type CreateVm, type CreateVmInput, createVmSchema } from './http/vm.schema';
export { deleteVmSchema, guestRequestSchema, type ResizeVm, resizeVmSchema } from './http/vm.schema';
export { type Resubmit, resubmitSchema } from './http/vm.schema';
export { snapshotNameSchema, powerVmSchema } from './http/vm.schema';
export { type Webhook, type WebhookAction, type WebhookDelivery, webhookDeliverySchema } from './http/webhook.schema';
export { type WebhookDeliveryState, type WebhookDisabled, type WebhookEvent } from './http/webhook.schema';
export { type WebhookChange, webhookNouns, webhookSchema, type WebhookWithSecret } from './http/webhook.schema';
