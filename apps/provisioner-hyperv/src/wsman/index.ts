export type {
  CallOptions,
  Command,
  CommandOptions,
  Endpoint,
  EndpointOptions,
  OutputChunk,
  ServerTrust,
  Shell,
  ShellInfo,
  ShellOptions,
} from './api';
export type { Authentication, Authenticator, MessageSealing, Peer } from './authenticator';
export {
  type FaultDetail,
  isWsmanError,
  WsmanError,
  type WsmanErrorCode,
  type WsmanErrorDetails,
} from './wsman.errors';
