import type { Devices } from './device.mapper';
import type { FirmwareSettings } from './firmware.policy';
import type { Image } from './places';

/** A template, as it is now. */
export interface Template {
  readonly image: Image;
  /** Of its configuration: it changes when the template does. */
  readonly digest: string;
  readonly devices: Devices;
  readonly sockets: number;
  readonly firmware: FirmwareSettings;
}

/** What stands for an image: one template, or several of one name on different nodes. */
export interface ImageSet {
  readonly templates: readonly Template[];
}

const DIGEST_LENGTH = 12;

/** One template's part of an image's version. */
export const stampOf = ({ image: { vmid }, digest }: Template): string => `${vmid}:${digest.slice(0, DIGEST_LENGTH)}`;

/** Something that changes when one of the templates does. */
export const versionOf = ({ templates }: ImageSet): string => templates.map(stampOf).sort().join(' ');

/** Whether a template is one with which a version was made. */
export const isOfVersion = (template: Template, version: string): boolean =>
  version.split(' ').includes(stampOf(template));
