import { randomBytes } from 'node:crypto';
import { readProperties, writeProperties } from '../schema/property.string';

/** Models of network cards; each may also be the key of the card's MAC address. */
export const netModels = [
  ...['e1000', 'e1000-82540em', 'e1000-82544gc', 'e1000-82545em', 'e1000e', 'i82551', 'i82557b', 'i82559er'],
  ...['ne2k_isa', 'ne2k_pci', 'pcnet', 'rtl8139', 'virtio', 'vmxnet3'],
];

export const isNetKey = (key: string): boolean => /^net([12]?\d|3[01])$/.test(key);

/** A network card as a configuration names it. */
export interface NetCard {
  readonly key: string;
  readonly model: string;
  readonly mac?: string;
  readonly bridge?: string;
  readonly properties: ReadonlyMap<string, string>;
}

/** An address with the vendor's prefix. */
export const newMac = (): string =>
  ['BC:24:11', ...[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase())].join(':');

/** Reads a card's value in either of its forms, `virtio,macaddr=…` and `virtio=…`. */
export function readNet(key: string, value: string): NetCard {
  const properties = readProperties(value, 'model');
  const alias = [...properties.keys()].find((one) => netModels.includes(one));
  const model = alias ?? properties.get('model') ?? '';
  const mac = alias === undefined ? properties.get('macaddr') : properties.get(alias);
  const bridge = properties.get('bridge');
  return {
    key,
    model,
    ...(mac === undefined ? {} : { mac }),
    ...(bridge === undefined ? {} : { bridge }),
    properties,
  };
}

/** The form that is stored: the MAC address under the model's name, given or new. */
export function storedNet(card: NetCard, mac = card.mac ?? newMac()): string {
  const rest = [...card.properties].filter(([key]) => !['model', 'macaddr', card.model].includes(key));
  return writeProperties(new Map([[card.model, mac.toUpperCase()], ...rest]));
}

/** All cards of a configuration. */
export const netsOf = (values: ReadonlyMap<string, string | number>): readonly NetCard[] =>
  [...values].filter(([key]) => isNetKey(key)).map(([key, value]) => readNet(key, String(value)));
