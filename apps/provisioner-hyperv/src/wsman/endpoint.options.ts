import type { EndpointOptions, ShellOptions } from './api';
import { dialer } from './http/dial';
import type { ChannelTarget } from './http/channel';
import { LoginGate } from './http/login.gate';
import { WsmanError } from './wsman.errors';

/** Options of an endpoint, checked and complete. */
export interface EndpointSettings {
  readonly target: ChannelTarget;
  readonly clientName: string;
  readonly quotaWaitMs: number;
}

const CLIENT_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const DEFAULT_IDLE_MS = 180_000;

/** @throws WsmanError INVALID_OPTION, which names the option and never its value. */
export function endpointSettings(options: EndpointOptions): EndpointSettings {
  const url = addressOf(options.url);
  if (url.protocol === 'http:' && options.trust !== undefined) throw invalid('trust', 'it is for https:// only');
  if (!CLIENT_NAME.test(options.clientName)) throw invalid('clientName', 'it must be 1 to 64 of A-Z a-z 0-9 _ . -');
  return {
    clientName: options.clientName,
    quotaWaitMs: ranged('quotaWaitMs', options.quotaWaitMs ?? 30_000, 0, 600_000),
    target: {
      url,
      dial: dialer(url, options.trust ?? {}),
      authenticator: options.authenticator,
      logins: new LoginGate(ranged('refusalBackOffMs', options.refusalBackOffMs ?? 60_000, 0, 3_600_000)),
      operationTimeoutMs: ranged('operationTimeoutMs', options.operationTimeoutMs ?? 20_000, 500, 60_000),
      answerGraceMs: ranged('answerGraceMs', options.answerGraceMs ?? 30_000, 100, 600_000),
    },
  };
}

/** How long the server keeps a silent shell. @throws WsmanError INVALID_OPTION */
export function idleTimeoutOf({ idleTimeoutMs = DEFAULT_IDLE_MS }: ShellOptions): number {
  return ranged('idleTimeoutMs', idleTimeoutMs, 60_000, 2_147_483_647);
}

function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw invalid('url', 'it must begin with https:// or http://');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw invalid('url', 'it must be an address and a path, without credentials, query or fragment');
  }
  if (url.pathname === '/') url.pathname = '/wsman';
  return url;
}

function ranged(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalid(name, `it must be a whole number from ${least} to ${most}`);
}

function invalid(option: string, problem: string): WsmanError {
  return new WsmanError('INVALID_OPTION', `Unable to use ${option}: ${problem}`);
}
