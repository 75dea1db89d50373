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
export type { Authentication, Authenticator, Handshake, MessageSealing, Peer, StandingProof } from './authenticator';
export { basic, type BasicCredentials } from './basic';
export { collect, type Outcome } from './collect';
export { connect } from './endpoint';
export { LineReader } from './line.reader';
export { ntlm, type NtlmCredentials } from './ntlm/ntlm';
export {
  type FaultDetail,
  isWsmanError,
  WsmanError,
  type WsmanErrorCode,
  type WsmanErrorDetails,
} from './wsman.errors';
