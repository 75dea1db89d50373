import type { ManagedObjectReference } from './managed.object';

/** A scalar for an element whose type the schema leaves open, where JavaScript's own type does not say enough. */
export interface TypedScalar {
  readonly $xsd: string;
  readonly value: VimScalar;
}

/** What one element with text can hold. */
export type VimScalar = string | number | bigint | boolean | Date;

/** What one element can hold; undefined means that it is not sent. */
export type VimValue = VimScalar | ManagedObjectReference | TypedScalar | VimObject | readonly VimValue[] | undefined;

/** A complex value to send. `$type` names the subtype where the schema's own type is not meant. */
export interface VimObject {
  readonly $type?: string;
  readonly [field: string]: VimValue;
}

/** An integer of 32 bits for an `anyType` element. */
export function typedInt(value: number): TypedScalar {
  return { $xsd: 'int', value };
}
