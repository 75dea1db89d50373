import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createAgent } from './tls.agent';
import { VimRequestError } from './vim.errors';

const VCENTER = new URL('https://vcenter.test/sdk');
const PIN = 'AB'.repeat(32);

describe('the agent', () => {
  it.each([PIN, PIN.toLowerCase(), 'AB:'.repeat(31) + 'ab'])('takes the pin %s', (pinSha256) => {
    expect(createAgent(VCENTER, { pinSha256 }, 8)).toBeInstanceOf(HttpsAgent);
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
    expect(() => createAgent(VCENTER, { pinSha256 }, 8)).toThrow(VimRequestError);
  });

  it('refuses a pin together with a CA, because only one of them can count', () => {
    expect(() => createAgent(VCENTER, { pinSha256: PIN, ca: 'pem' }, 8)).toThrow('pinSha256');
  });

  it('speaks plain HTTP with this machine only', () => {
    expect(createAgent(new URL('http://127.0.0.1:8989/sdk'), {}, 8)).toBeInstanceOf(HttpAgent);
    expect(() => createAgent(new URL('http://vcenter.test/sdk'), {}, 8)).toThrow('https://');
    expect(() => createAgent(new URL('ftp://127.0.0.1/'), {}, 8)).toThrow('https://');
  });
});
