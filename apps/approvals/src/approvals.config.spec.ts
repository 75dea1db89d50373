import { loadConfig } from '@dcm/runtime';
import { approvalsConfigSchema, brokerUserOf, relayUsersOf } from './approvals.config';

const least = { DATABASE_URL: 'postgres://x', AMQP_URL: 'amqp://dcm:x@b/v', DCM_INSTALLATION_KEY: '0123456789abcdef' };

describe('the configuration of approvals', () => {
  it('needs a database, a broker and a key, and times everything else by default', () => {
    expect(loadConfig(approvalsConfigSchema, least)).toMatchObject({
      DCM_LEASE_MS: 45_000,
      DCM_MAX_ATTEMPTS: 5,
      DCM_SWEEP_MS: 1_000,
      LOG_LEVEL: 'info',
    });
  });

  it('takes its own broker user for the relay unless others are named', () => {
    expect(relayUsersOf(loadConfig(approvalsConfigSchema, least))).toEqual(['dcm']);
    const named = loadConfig(approvalsConfigSchema, { ...least, DCM_RELAY_USERS: 'gw-1, gw-2,,' });
    expect(relayUsersOf(named)).toEqual(['gw-1', 'gw-2']);
  });

  it.each([
    ['amqp://dcm:x@b/v', 'dcm'],
    ['amqp://a%40b:x@b', 'a@b'],
    ['amqp://b', 'guest'],
    ['inprocess://dcm@local', 'dcm'],
  ])('reads the broker user of %s', (url, user) => {
    expect(brokerUserOf(url)).toBe(user);
  });
});
