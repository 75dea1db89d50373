export { Cached } from './cached';
export { ConcurrencyGate } from './concurrency.gate';
export { LoginBreaker } from './login.breaker';
export { type LoginGrant, LoginSession } from './login.session';
export { type AgentOptions, ConnectionOptionError, createAgent, type TlsTrust, trustOf } from './tls.agent';
