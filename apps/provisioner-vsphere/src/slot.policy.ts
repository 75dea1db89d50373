import { addController, type Slot } from './device-change.mapper';
import { type Devices } from './device.mapper';
import type { VimObject } from './client/vim.data';

/** Units of a SCSI controller; the controller itself is unit 7. */
const UNITS = Array.from({ length: 16 }, (_, unit) => unit).filter((unit) => unit !== 7);
const MAX_CONTROLLERS = 4;

/** Finds places for new disks: free units of the SCSI controllers, then controllers to be added. */
export class SlotFinder {
  /** The changes that add the controllers which the slots need. */
  readonly controllers: VimObject[] = [];
  private readonly free: Slot[];
  private readonly freeBuses: number[];

  /** @param firstKey negative; keys below it are given to new controllers */
  constructor(
    devices: Pick<Devices, 'all' | 'scsiControllers'>,
    private readonly firstKey = -100,
  ) {
    this.free = devices.scsiControllers.flatMap(({ key }) => {
      const taken = new Set(devices.all.filter((one) => one.controllerKey === key).map((one) => one.unitNumber));
      return UNITS.filter((unit) => !taken.has(unit)).map((unitNumber) => ({ controllerKey: key, unitNumber }));
    });
    const buses = new Set(devices.scsiControllers.map(({ busNumber }) => busNumber));
    this.freeBuses = Array.from({ length: MAX_CONTROLLERS }, (_, bus) => bus).filter((bus) => !buses.has(bus));
  }

  /** The next free place; undefined when the VM can hold no more disks. */
  next(): Slot | undefined {
    if (this.free.length === 0) this.openController();
    return this.free.shift();
  }

  private openController(): void {
    const bus = this.freeBuses.shift();
    if (bus === undefined) return;
    const key = this.firstKey - this.controllers.length;
    this.controllers.push(addController(key, bus));
    this.free.push(...UNITS.map((unitNumber) => ({ controllerKey: key, unitNumber })));
  }
}
