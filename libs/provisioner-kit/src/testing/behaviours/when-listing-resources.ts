import assert from 'node:assert/strict';
import { resourcePoolSchema } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';

export const whenListingResources: Behaviour = {
  title: 'lists its resources with capacity, storage, network and image',
  async run(trial) {
    const pools = resourcePoolSchema.array().parse(await trial.port.listResources(trial.look()));
    const usable = pools.filter((pool) => pool.available);
    assert.ok(usable.length > 0, 'there is a place that is available');
    assert.ok(
      usable.some(({ capacity }) => (capacity.cpuCores ?? 0) > 0 && (capacity.memoryTotalMib ?? 0) > 0),
      'a place says how many cores and how much memory it has',
    );
    assert.ok(
      usable.some((pool) => pool.storages.some((storage) => (storage.freeGib ?? 0) > 0)),
      'a place has storage with space',
    );
    const spec = trial.target.aVm();
    const images = pools.flatMap((pool) => pool.images);
    assert.ok(
      images.some(({ name, nativeId }) => name === spec.image?.source || nativeId === spec.image?.source),
      'the image of a VM can be found in the list',
    );
    const networks = pools.flatMap((pool) => pool.networks.map(({ name }) => name));
    for (const { network } of spec.networks) assert.ok(networks.includes(network), `${network} is in the list`);
  },
};
