import assert from 'node:assert/strict';
import { features, platformDescriptionSchema, siteHealthSchema } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';

export const whenDescribingItself: Behaviour = {
  title: 'describes its platform, every feature and its metadata keys, and is healthy',
  async run(trial) {
    const description = platformDescriptionSchema.parse(trial.description);
    assert.equal(description.platform, trial.target.platform);
    assert.ok(description.version !== '' && description.serverId !== '', 'version and serverId say something');
    const declared = description.capabilities.map((one) => one.feature).sort();
    assert.deepEqual(declared, [...features].sort(), 'every feature is declared exactly once');
    for (const { feature, support, reason } of description.capabilities) {
      assert.ok(support === 'SUPPORTED' || reason !== '', `${feature} is ${support} and says why`);
    }
    assert.equal(description.metadataSchema['type'], 'object');
    assert.equal(description.metadataSchema['additionalProperties'], false, 'unknown metadata keys are refused');

    const health = siteHealthSchema.parse(await trial.port.checkHealth(trial.look()));
    assert.deepEqual(
      { reachable: health.reachable, loggedIn: health.loggedIn, missingPrivileges: health.missingPrivileges },
      { reachable: true, loggedIn: true, missingPrivileges: [] },
    );
  },
};
