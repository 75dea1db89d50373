import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { keepsOrTells, type Wish } from '../wishes';

const secure: Wish = {
  feature: 'secure-boot',
  pointer: '/firmware/secureBoot',
  with: (spec) => ({ ...spec, firmware: { secureBoot: true } }),
  isThere: (trial, nativeId) => trial.target.admin.startsSecurely(nativeId),
};

export const whenChoosingSecureBoot: Behaviour = {
  title: 'makes a VM that starts signed systems only, or any, as is asked; where it cannot, the plan says so',
  needs: ['create-from-image'],
  unlessTarget: ['secure-boot'],
  async run(trial) {
    await keepsOrTells(trial, secure);
    if (!trial.supports('secure-boot')) return;
    const { status } = await trial.vm({ ...trial.target.wishes['secure-boot'].met, firmware: { secureBoot: false } });
    assert.equal(await trial.target.admin.startsSecurely(status.nativeId), false, 'it starts any system');
  },
};
