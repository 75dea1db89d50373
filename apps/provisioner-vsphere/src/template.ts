import type { Devices } from './device.mapper';
import type { Image } from './places';

/** A template, as it is now. */
export interface Template {
  readonly image: Image;
  readonly version: string;
  readonly coresPerSocket: number;
  readonly devices: Devices;
}
