import type { Devices } from './device.mapper';
import type { ManagedObjectReference } from './client/managed.object';
import type { Image } from './places';

/** A template, as it is now. */
export interface Template {
  readonly image: Image;
  readonly version: string;
  readonly coresPerSocket: number;
  /** Whether it starts by EFI, which secure boot needs. */
  readonly isEfi: boolean;
  /** As a copy gets them: those of the snapshot, for a linked clone. */
  readonly devices: Devices;
  /** The snapshot that a linked clone stands on; undefined when none was asked for, or there is none. */
  readonly snapshot: ManagedObjectReference | undefined;
  /** The host that copies it. */
  readonly host: ManagedObjectReference | undefined;
}
