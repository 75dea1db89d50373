import type { ManagedObjectReference } from './client/managed.object';
import type { ObjectProperties } from './client/property.collector';
import { readList, readReference, readString, type VimRecord } from './client/reader';
import { plainName } from './machine.mapper';
import type { Entity } from './places';

/** An object of the inventory with what was read of it. */
export interface Branch {
  readonly entity: Entity;
  readonly properties: VimRecord;
}

/** Objects by reference, with their paths. */
export class Tree {
  private readonly byRef: ReadonlyMap<string, ObjectProperties>;

  constructor(private readonly objects: readonly ObjectProperties[]) {
    this.byRef = new Map(objects.map((one) => [one.ref.value, one]));
  }

  /** Objects of these types, below one datacenter where one is given. */
  of(types: readonly string[], datacenter?: Entity): Branch[] {
    return this.objects
      .filter(({ ref }) => types.includes(ref.type))
      .filter(({ ref }) => datacenter === undefined || this.ancestors(ref.value).includes(datacenter.ref.value))
      .map(({ ref, properties }) => ({ entity: this.entity(ref), properties }));
  }

  private entity(ref: ManagedObjectReference): Entity {
    const names = this.ancestors(ref.value).map((value) => this.nameOf(value));
    // The first is the root folder, which no path names.
    return { ref, name: this.nameOf(ref.value), path: `/${names.slice(1).join('/')}` };
  }

  private nameOf(value: string): string {
    return plainName(readString(this.byRef.get(value)?.properties['name']) ?? value);
  }

  /** From the root to the object itself. */
  private ancestors(value: string): string[] {
    const line = [value];
    for (let at = this.parentOf(value); at !== undefined && !line.includes(at); at = this.parentOf(at))
      line.unshift(at);
    return line;
  }

  private parentOf(value: string): string | undefined {
    const parent = readReference(this.byRef.get(value)?.properties['parent'])?.value;
    return parent !== undefined && this.byRef.has(parent) ? parent : undefined;
  }
}

/** The references of a list. */
export const referencesIn = (list: unknown): ReadonlySet<string> =>
  new Set(readList(list).flatMap((one) => readReference(one)?.value ?? []));
