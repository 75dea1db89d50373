import { screenOf } from './console';

const site = new URL('https://vcenter.example:8443/sdk');
const aTicket = (changes: Record<string, unknown> = {}) => ({
  ticket: '52e247e7f156e98c',
  cfgFile: '[ds] vm/vm.vmx',
  host: 'esx-1.example',
  port: 443,
  ...changes,
});

describe('the address of a screen', () => {
  it.each([
    ['on the host that the ticket names', {}, 'wss://esx-1.example/ticket/52e247e7f156e98c'],
    ['at another port', { port: 9443 }, 'wss://esx-1.example:9443/ticket/52e247e7f156e98c'],
    ['at the vCenter when no host is named', { host: undefined, port: undefined }, 'wss://vcenter.example/ticket/52e247e7f156e98c'], // prettier-ignore
    ['at an IPv6 address', { host: '2001:db8::7' }, 'wss://[2001:db8::7]/ticket/52e247e7f156e98c'],
    ['with a ticket that holds odd characters', { ticket: 'a/b?c#d' }, 'wss://esx-1.example/ticket/a%2Fb%3Fc%23d'],
  ])('is %s', (_title, changes, url) => {
    expect(screenOf(aTicket(changes), site)).toBe(url);
  });

  it.each([
    ['no ticket', { ticket: undefined }],
    ['a host that is none', { host: 'evil.example/x?' }],
    ['a host with credentials', { host: 'a@evil.example' }],
    ['an empty host', { host: ' ' }],
  ])('is refused for an answer with %s', (_title, changes) => {
    expect(() => screenOf(aTicket(changes), site)).toThrow('UNEXPECTED_ANSWER');
  });
});
