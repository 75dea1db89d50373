export type { Behaviour, BehaviourResult } from './behaviour';
export { behaviours } from './behaviours/catalogue';
export { checkBehaviour } from './check-behaviour';
export { runConformance, type ConformanceOptions } from './conformance';
export { summaryOf, writeReport, type ConformanceReport } from './report';
export type {
  ConformanceTarget,
  FaultName,
  GuestReport,
  NativeVm,
  TargetAdmin,
  TargetFaults,
  TargetLimit,
  WishFeature,
  WishSpecs,
} from './target';
export { readContext, refOf, Trial, type TrialVm } from './trial';
export { TrialContext, type TrialContextOptions, type TrialInstance } from './trial-context';
