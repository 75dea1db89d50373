import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { refuses } from '../expectations';

export const whenTheCertificateIsNotTrusted: Behaviour = {
  title: 'sends nothing to a site that shows another certificate than the pinned one, and says so',
  faults: ['untrusted'],
  async run(trial) {
    const { port, requests } = await trial.fault('untrusted')();
    trial.closeLater(port);
    const error = await refuses(port.listResources(trial.look()), { reason: 'TLS_UNTRUSTED', effect: 'NONE' });
    assert.ok(error.pausesSite, 'the site is to pause');
    const health = await port.checkHealth(trial.look());
    assert.equal(health.loggedIn, false);
    assert.ok(health.detail !== '', 'the detail says why');
    assert.equal(requests(), 0, 'not a request was sent, let alone a password');
  },
};
