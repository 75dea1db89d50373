import { rateSchema, type Rate } from '@dcm/contracts';
import { newId } from '@dcm/runtime';

/** Two cents per vCPU, half a cent per GiB of memory and a hundredth of one per GiB of disk for an hour, for everything, since 2026. */
export const aRate = (fields: Partial<Rate> = {}): Rate =>
  rateSchema.parse({
    id: newId(),
    scope: {},
    currency: 'EUR',
    vcpuHourMicros: 20_000,
    memoryGibHourMicros: 5_000,
    diskGibHourMicros: 100,
    validFrom: '2026-01-01T00:00:00.000Z',
    createdAt: '2026-01-01T00:00:00.000Z',
    seq: 1,
    ...fields,
  });
