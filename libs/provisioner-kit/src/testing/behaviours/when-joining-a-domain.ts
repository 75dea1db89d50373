import assert from 'node:assert/strict';
import type { Guest, VmSpec } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';
import { keepsOrTells, type Wish } from '../wishes';

const PASSWORD = 'Canary-4711';
const domain = { name: 'corp.example', user: 'joiner', password: PASSWORD };
const silent: Guest = { hostname: null, sshKeys: [], userData: null };

const joining = (spec: Partial<VmSpec>): Partial<VmSpec> => ({ ...spec, guest: { ...(spec.guest ?? silent), domain } });

const joined: Wish = {
  feature: 'domain-join',
  pointer: '/guest/domain',
  with: joining,
  isThere: (trial, nativeId) => trial.target.admin.joins(nativeId, domain.name),
};

export const whenJoiningADomain: Behaviour = {
  title:
    'lets a guest join the domain that is named, and shows the password to nobody; where it cannot, the plan says so',
  needs: ['create-from-image'],
  unlessTarget: ['domain-join'],
  timeoutMs: 60_000,
  async run(trial) {
    await keepsOrTells(trial, joined);
    const { met, unmet } = trial.target.wishes['domain-join'];
    const base = trial.supports('domain-join') ? met : unmet;
    const instance = trial.instance(joining(base));
    const context = trial.context(instance);
    const plan = await trial.port.plan(instance.spec, trial.look());
    const { status } = await trial.port.provisionVm({ spec: instance.spec, plan }, context);
    const told = JSON.stringify([plan, status, context.steps, context.checkpoints]);
    assert.ok(!told.includes(PASSWORD), 'the password stands in no plan, status, step or token');
    const alone = await trial.vm(base);
    const isJoined = await trial.target.admin.joins(alone.status.nativeId, domain.name);
    assert.equal(isJoined, false, 'nobody joins who was not asked to');
  },
};
