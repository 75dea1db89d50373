import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { found } from '../leaves-alone';

const text = '<a href="x">&amp;\'"]]> $(id) `id` %s \\ ünïcödé 日本語 😀';

export const whenGuestsAreToldHostileText: Behaviour = {
  title: 'creates a VM whose labels and guest data hold Unicode, markup and shell text',
  async run(trial) {
    const { instance, status } = await trial.vm({
      labels: { team: text, 'app.example.com/owner': 'Žofie' },
      guest: { hostname: 'trial', sshKeys: [`ssh-ed25519 AAAA ${text}`], userData: `#cloud-config\n# ${text}\n` },
    });
    assert.equal(status.name, instance.spec.platformName);
    assert.deepEqual(status.ownership, instance.ownership);
    assert.deepEqual(await found(trial, instance.ownership), [status.nativeId]);
  },
};
