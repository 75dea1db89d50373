import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { refusesPlan } from '../refuses-plan';

export const whenPlanningAMissingStorage: Behaviour = {
  title: 'names the storage that is missing by its metadata key',
  run: (trial) => {
    const [key, ...others] = Object.keys(trial.target.missing.storage);
    assert.ok(key !== undefined && others.length === 0, 'the target names one metadata key for storage');
    const metadata = { ...trial.target.aVm().metadata, ...trial.target.missing.storage };
    return refusesPlan(trial, { metadata }, `/metadata/${trial.target.platform}/${key}`);
  },
};
