import { ApiError } from '../api.error';
import type { Format, ParameterTable } from './parameter';
import { verify } from './verify';

/** The shape of a value like `virtio=BC:24:11:00:00:01,bridge=vmbr0`. */
export interface PropertyShape {
  readonly keys: ParameterTable;
  /** The key of a value that comes without one. */
  readonly defaultKey?: string;
}

export type Properties = ReadonlyMap<string, string>;

class FormatError extends Error {}

function split(shape: PropertyShape, value: string): Record<string, string> {
  const given: Record<string, string> = {};
  for (const part of value.split(',').filter((one) => one !== '')) {
    const at = part.indexOf('=');
    const key = at < 0 ? shape.defaultKey : part.slice(0, at);
    if (key === undefined) throw new FormatError('value without key, but schema does not define a default key');
    if (Object.hasOwn(given, key)) throw new FormatError(`duplicate key in comma-separated list property: ${key}`);
    given[key] = at < 0 ? part : part.slice(at + 1);
  }
  return given;
}

/** The keys and values of a property string that its format has let through; a value without key is under the default one. */
export function readProperties(value: string, defaultKey = ''): Properties {
  return new Map(Object.entries(split({ keys: {}, defaultKey }, value)));
}

/** Writes a property string; the default key's value comes first and bare. */
export function writeProperties(properties: Properties, defaultKey?: string): string {
  const entries = [...properties.entries()];
  const first = entries.filter(([key]) => key === defaultKey).map(([, value]) => value);
  return [...first, ...entries.filter(([key]) => key !== defaultKey).map(([key, value]) => `${key}=${value}`)].join(
    ',',
  );
}

/** A format that takes property strings of this shape. */
export const properties =
  (shape: PropertyShape): Format =>
  (value) => {
    try {
      verify(shape.keys, split(shape, value));
      return undefined;
    } catch (error) {
      if (error instanceof FormatError) return error.message;
      if (!(error instanceof ApiError)) throw error;
      const reasons = Object.entries(error.errors ?? {}).map(([key, reason]) => `${key}: ${reason}`);
      return ['format error', ...reasons].join('\n');
    }
  };
