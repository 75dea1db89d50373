import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { ConnectionOptionError, createAgent, trustOf } from './tls.agent';

const SERVER = new URL('https://server.test/api');
const PIN = 'AB'.repeat(32);

describe('the agent', () => {
  it.each([PIN, PIN.toLowerCase(), 'AB:'.repeat(31) + 'ab'])('takes the pin %s', (pinSha256) => {
    expect(createAgent(SERVER, { pinSha256 }, { maxSockets: 8 })).toBeInstanceOf(HttpsAgent);
  });

  it.each([
    '',
    PIN.slice(2),
    `${PIN}AB`,
    `:${PIN}`,
    'AB:'.repeat(32),
    'XY'.repeat(32),
    'AB-'.repeat(31) + 'AB',
    'AB'.repeat(20),
  ])('refuses the malformed pin "%s" before any connection', (pinSha256) => {
    expect(() => createAgent(SERVER, { pinSha256 }, { maxSockets: 8 })).toThrow(ConnectionOptionError);
  });

  it('refuses a pin together with a CA, because only one of them can count', () => {
    expect(() => createAgent(SERVER, { pinSha256: PIN, ca: 'pem' }, { maxSockets: 8 })).toThrow('pinSha256');
  });

  it('speaks plain HTTP with this machine only', () => {
    expect(createAgent(new URL('http://127.0.0.1:8989/api'), {}, { maxSockets: 8 })).toBeInstanceOf(HttpAgent);
    expect(() => createAgent(new URL('http://server.test/api'), {}, { maxSockets: 8 })).toThrow('https://');
    expect(() => createAgent(new URL('ftp://127.0.0.1/'), {}, { maxSockets: 8 })).toThrow('https://');
  });

  it('keeps idle connections as long as it is told, and none when that is no time', () => {
    const settings = (idleMs: number): unknown => {
      const agent: unknown = createAgent(SERVER, {}, { maxSockets: 8, idleMs });
      return (agent as { options: unknown }).options;
    };
    expect(settings(3_000)).toMatchObject({ keepAlive: true, timeout: 3_000 });
    expect(settings(0)).not.toHaveProperty('keepAlive');
  });

  it("reads a site's trust", () => {
    expect(trustOf({ kind: 'ca', pem: 'x' })).toEqual({ ca: 'x' });
    expect(trustOf({ kind: 'pin', sha256: PIN })).toEqual({ pinSha256: PIN });
    expect(trustOf({ kind: 'system' })).toEqual({});
  });
});
