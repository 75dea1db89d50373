/** Names one object of one vCenter. The value is opaque: never take it apart. */
export interface ManagedObjectReference {
  /** The type, such as `VirtualMachine`. */
  readonly type: string;
  /** The identifier (moref), unique within one vCenter only. */
  readonly value: string;
}

/** Names an object by its type and moref. */
export function reference(type: string, value: string): ManagedObjectReference {
  return { type, value };
}

/** Whether decoded data is a reference. */
export function isReference(data: unknown): data is ManagedObjectReference {
  if (typeof data !== 'object' || data === null || !('type' in data) || !('value' in data)) return false;
  return typeof data.type === 'string' && typeof data.value === 'string' && !('$type' in data);
}

/** The one object every vCenter has, from which all others are found. */
export const SERVICE_INSTANCE: ManagedObjectReference = reference('ServiceInstance', 'ServiceInstance');
