import { badParameters, failure } from '../api.error';
import { Storage, type StorageOptions, type Volume } from './storage';
import { storageTraits } from './traits';

/** A volume and where it lies. */
export interface Located {
  readonly storage: Storage;
  readonly volume: Volume;
}

/** All storages of the cluster, by name and node. */
export class Storages {
  readonly #definitions = new Map<string, StorageOptions>();
  readonly #byNode = new Map<string, Map<string, Storage>>();

  constructor(definitions: readonly StorageOptions[], nodes: readonly string[]) {
    for (const node of nodes) this.#byNode.set(node, new Map());
    for (const definition of definitions) this.#add(definition, nodes);
  }

  #add(definition: StorageOptions, nodes: readonly string[]): void {
    this.#definitions.set(definition.id, definition);
    const shared = definition.shared ?? storageTraits[definition.type].isShared;
    const one = shared ? new Storage(definition, null) : undefined;
    for (const node of definition.nodes ?? nodes) {
      this.#byNode.get(node)?.set(definition.id, one ?? new Storage(definition, node));
    }
  }

  definitions(): readonly StorageOptions[] {
    return [...this.#definitions.values()];
  }

  definition(id: string): StorageOptions | undefined {
    return this.#definitions.get(id);
  }

  /** Every storage of a node, in order of their names. */
  ofNode(node: string): readonly Storage[] {
    return [...(this.#byNode.get(node)?.values() ?? [])].sort((one, other) => one.id.localeCompare(other.id));
  }

  /** @throws ApiError 500 when the cluster does not have it, 500 when this node does not. */
  onNode(id: string, node: string): Storage {
    const storage = this.#byNode.get(node)?.get(id);
    if (storage !== undefined && storage.options.isEnabled !== false) return storage;
    if (!this.#definitions.has(id)) throw failure(`storage '${id}' does not exist`);
    throw failure(
      storage === undefined ? `storage '${id}' is not available on node '${node}'` : `storage '${id}' is disabled`,
    );
  }

  /** @throws ApiError 400, as reads of a storage answer. */
  asked(id: string, node: string): Storage {
    const storage = this.#byNode.get(node)?.get(id);
    if (storage === undefined) throw badParameters({ storage: 'No such storage.' });
    return storage;
  }

  /** Where a volume lies, seen from a node. */
  locate(volumeId: string, node: string): Located | undefined {
    const at = volumeId.indexOf(':');
    const storage = this.#byNode.get(node)?.get(volumeId.slice(0, at));
    const volume = storage?.find(volumeId.slice(at + 1));
    return storage === undefined || volume === undefined ? undefined : { storage, volume };
  }
}
