export {
  createDcmClient,
  dataOf,
  type DcmClient,
  type DcmClientOptions,
  type Operation,
  type WaitOptions,
} from './dcm.client';
export { DcmProblem } from './dcm.problem';
export type { components, operations, paths } from './generated';
