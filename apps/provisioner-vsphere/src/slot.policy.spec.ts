import { aController, aDisk, aMachine } from '../test/builders';
import { SlotFinder } from './slot.policy';

describe('places for disks', () => {
  it('leave out unit 7, what is taken, and what another controller has', () => {
    const devices = [aController(), aDisk(1, { unitNumber: 0 }), aDisk(1, { key: 2001, unitNumber: 6 })];
    const slots = new SlotFinder(aMachine({ 'config.hardware.device': devices }).devices);
    const units = Array.from({ length: 7 }, () => slots.next()?.unitNumber);
    expect(units).toEqual([1, 2, 3, 4, 5, 8, 9]);
    expect(slots.controllers).toEqual([]);
  });

  it('go on with new controllers on free buses, and end at four', () => {
    const devices = [aController({ busNumber: 1 })];
    const slots = new SlotFinder(aMachine({ 'config.hardware.device': devices }).devices);
    const places = Array.from({ length: 61 }, () => slots.next());
    expect(places.filter((place) => place !== undefined)).toHaveLength(60);
    expect(new Set(places.flatMap((place) => (place ? [`${place.controllerKey}/${place.unitNumber}`] : []))).size).toBe(
      60,
    );
    expect(slots.controllers).toMatchObject([
      { device: { key: -100, busNumber: 0 } },
      { device: { key: -101, busNumber: 2 } },
      { device: { key: -102, busNumber: 3 } },
    ]);
  });
});
