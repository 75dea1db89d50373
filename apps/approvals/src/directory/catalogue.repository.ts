import { Injectable } from '@nestjs/common';
import type { Image, ImageId, Size, Visibility } from '@dcm/contracts';
import { firstRow, onlyRow, rows, type Transaction } from '../database/transaction.repository';
import { imageOf, sizeOf, visibleTo, type ImageRow, type SizeRow } from './directory.mapper';
import type { ImageFields } from './image.policy';

const valuesOf = (image: ImageFields): unknown[] => [
  JSON.stringify(image.templates),
  JSON.stringify(image.versions ?? {}),
  image.guestOs ?? null,
  image.description ?? null,
  JSON.stringify(image.defaults ?? {}),
  JSON.stringify(image.minimums ?? {}),
  image.state ?? 'active',
  visibleTo(image.visibility),
];

/** Writes images and sizes. A name that is taken violates `image_name` or `size_name`. */
@Injectable()
export class CatalogueRepository {
  async insertImage(manager: Transaction, id: ImageId, name: string, fields: ImageFields): Promise<Image> {
    const sql = `
      INSERT INTO approvals.image (id, name, templates, versions, guest_os, description, defaults, minimums, state, visible_to)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING *`;
    return imageOf(await onlyRow<ImageRow>(manager, sql, [id, name, ...valuesOf(fields)]));
  }

  /** Locks the image's row until the transaction ends. */
  async lockImage(manager: Transaction, id: ImageId): Promise<Image | undefined> {
    const sql = 'SELECT * FROM approvals.image WHERE id = $1 FOR NO KEY UPDATE';
    const row = await firstRow<ImageRow>(manager, sql, [id]);
    return row && imageOf(row);
  }

  async setImage(manager: Transaction, id: ImageId, fields: ImageFields): Promise<Image> {
    const sql = `
      UPDATE approvals.image SET templates = $2, versions = $3, guest_os = $4, description = $5, defaults = $6, minimums = $7,
        state = $8, visible_to = $9, seq = seq + 1
      WHERE id = $1 RETURNING *`;
    return imageOf(await onlyRow<ImageRow>(manager, sql, [id, ...valuesOf(fields)]));
  }

  async insertSize(manager: Transaction, size: Omit<Size, 'seq'>): Promise<Size> {
    const { name, cpus, memoryMib, visibility } = size;
    const sql = 'INSERT INTO approvals.size (name, cpus, memory_mib, visible_to) VALUES ($1, $2, $3, $4) RETURNING *';
    return sizeOf(await onlyRow<SizeRow>(manager, sql, [name, cpus, memoryMib, visibleTo(visibility)]));
  }

  /** @returns undefined when there is no such size. */
  async setSizeVisibility(manager: Transaction, name: string, visibility: Visibility): Promise<Size | undefined> {
    const sql = 'UPDATE approvals.size SET visible_to = $2, seq = seq + 1 WHERE name = $1 RETURNING *';
    const row = await firstRow<SizeRow>(manager, sql, [name, visibleTo(visibility)]);
    return row && sizeOf(row);
  }

  /** Those of the names that no site bears. */
  async unknownSites(manager: Transaction, names: readonly string[]): Promise<string[]> {
    const found = await rows<{ name: string }>(
      manager,
      'SELECT name FROM unnest($1::text[]) AS name WHERE name NOT IN (SELECT name FROM approvals.site)',
      [names],
    );
    return found.map((row) => row.name);
  }

  /** Those of the ids that no tenant bears. */
  async unknownTenants(manager: Transaction, ids: readonly string[]): Promise<string[]> {
    const found = await rows<{ id: string }>(
      manager,
      'SELECT id FROM unnest($1::uuid[]) AS id WHERE id NOT IN (SELECT id FROM approvals.tenant)',
      [ids],
    );
    return found.map((row) => row.id);
  }
}
