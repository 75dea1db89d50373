/** Property strings, Proxmox's own format within one value: `virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=7`. */

/** One part; `key` is empty where only a value stands (`local:32` of a disk). */
export interface Property {
  readonly key: string;
  readonly value: string;
}

/** Reads a property string; order is kept. */
export const readProperties = (text: string): Property[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? { key: '', value: part } : { key: part.slice(0, at), value: part.slice(at + 1) };
    });

/** Writes one. */
export const writeProperties = (properties: readonly Property[]): string =>
  properties.map(({ key, value }) => (key === '' ? value : `${key}=${value}`)).join(',');

/** The value under the first of these keys that is there. */
export const propertyOf = (properties: readonly Property[], ...keys: string[]): string | undefined =>
  keys.flatMap((key) => properties.find((one) => one.key === key)?.value ?? [])[0];

/** The same with one key set (in its place, or at the end), or removed. */
export function withProperty(properties: readonly Property[], key: string, value: string | undefined): Property[] {
  if (value === undefined) return properties.filter((one) => one.key !== key);
  const isThere = properties.some((one) => one.key === key);
  return isThere ? properties.map((one) => (one.key === key ? { key, value } : one)) : [...properties, { key, value }];
}

/** Whether a flag is on: Proxmox writes booleans as `1`, and reads some words too. */
export const isOn = (value: string | undefined): boolean =>
  value !== undefined && ['1', 'on', 'yes', 'true'].includes(value.toLowerCase());
