import { isOn, propertyOf, readProperties } from './property.mapper';
import { readString, type PveRecord } from './reader.mapper';
import type { Metadata } from './metadata.schema';

/** How a configuration starts. */
export interface FirmwareSettings {
  readonly isUefi: boolean;
  /** Whether its EFI disk came with Microsoft's and the distributions' keys; undefined: it has no EFI disk. */
  readonly hasKeys: boolean | undefined;
}

export function readFirmware(config: PveRecord): FirmwareSettings {
  const disk = readString(config['efidisk0']);
  return {
    isUefi: readString(config['bios']) === 'ovmf',
    hasKeys: disk === undefined ? undefined : isOn(propertyOf(readProperties(disk), 'pre-enrolled-keys')),
  };
}

/**
 * Whether the VM will start signed systems only. Keys lie on the EFI disk: an image's stays as it is, and one that DCM adds gets them
 * when secure boot is asked for.
 * @see https://pve.proxmox.com/pve-docs/chapter-qm.html#qm_bios_and_uefi
 */
export function startsSecurely(
  { bios }: Pick<Metadata, 'bios'>,
  template: FirmwareSettings | undefined,
  isAsked: boolean,
): boolean {
  const isUefi = bios === undefined ? template?.isUefi === true : bios === 'ovmf';
  if (!isUefi) return false;
  return template?.hasKeys ?? (bios === 'ovmf' && isAsked);
}
