import { Injectable } from '@nestjs/common';
import {
  DcmError,
  imageIdSchema,
  type AdminActor,
  type AdminOutput,
  type Image,
  type Size,
  type Visibility,
} from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { assertPlatformAdmin, notFound } from '../admin/actor.policy';
import type { CallInput } from '../admin/ports';
import { refuseTaken, type Transaction } from '../database/transaction.repository';
import { ChangeService } from '../journal/change.service';
import type { JournalEntry } from '../journal/journal.entity';
import { CatalogueRepository } from './catalogue.repository';
import { DirectoryRepository } from './directory.repository';
import { assertSoundImage, changedImage, type NamedImage } from './image.policy';

/** Logical images with their template per site, and sizes. */
@Injectable()
export class CatalogueService {
  constructor(
    private readonly changes: ChangeService,
    private readonly catalogue: CatalogueRepository,
    private readonly directory: DirectoryRepository,
  ) {}

  /**
   * @throws DcmError PERMISSION_DENIED; NOT_FOUND for a site, tenant or default size that is not there; INVALID_REQUEST for what contradicts itself;
   * CONFLICT when the name is taken.
   */
  createImage(input: CallInput<'admin.image.create'>, actor: AdminActor): Promise<AdminOutput<'admin.image.create'>> {
    const what = `create image ${input.name}`;
    assertPlatformAdmin(actor, what);
    return refuseTaken('image_name', `Unable to ${what}: there is an image of that name`, () =>
      this.changes.change(async (manager, { tell }) => {
        const { name, ...fields } = input;
        await this.assertSound(manager, input, what);
        const id = imageIdSchema.parse(newId());
        const image = await this.catalogue.insertImage(manager, id, name, fields);
        tell(imageEntry(image, 'created', actor.principal));
        return image;
      }),
    );
  }

  /** Changes what is named. @throws DcmError PERMISSION_DENIED; NOT_FOUND for the image; as `createImage` for what it comes to. */
  updateImage(input: CallInput<'admin.image.update'>, actor: AdminActor): Promise<AdminOutput<'admin.image.update'>> {
    const what = `change image ${input.id}`;
    assertPlatformAdmin(actor, what);
    return this.changes.change(async (manager, { tell }) => {
      const image = await this.catalogue.lockImage(manager, input.id);
      if (image === undefined) throw notFound(what);
      const fields = changedImage(image, input);
      await this.assertSound(manager, { name: image.name, ...fields }, what);
      const changed = await this.catalogue.setImage(manager, image.id, fields);
      tell(imageEntry(changed, 'updated', actor.principal));
      return changed;
    });
  }

  /** @throws DcmError PERMISSION_DENIED; NOT_FOUND for a tenant; CONFLICT when the name is taken. */
  createSize(input: CallInput<'admin.size.create'>, actor: AdminActor): Promise<AdminOutput<'admin.size.create'>> {
    const what = `create size ${input.name}`;
    assertPlatformAdmin(actor, what);
    return refuseTaken('size_name', `Unable to ${what}: there is a size of that name`, () =>
      this.changes.change(async (manager, { tell }) => {
        await this.assertTenantsKnown(manager, input.visibility, what);
        const size = await this.catalogue.insertSize(manager, input);
        tell(sizeEntry(size, 'created', actor.principal));
        return size;
      }),
    );
  }

  /** Says who sees a size. @throws DcmError PERMISSION_DENIED; NOT_FOUND for the size or a tenant. */
  updateSize(input: CallInput<'admin.size.update'>, actor: AdminActor): Promise<AdminOutput<'admin.size.update'>> {
    const what = `change size ${input.name}`;
    assertPlatformAdmin(actor, what);
    return this.changes.change(async (manager, { tell }) => {
      await this.assertTenantsKnown(manager, input.visibility, what);
      const size = await this.catalogue.setSizeVisibility(manager, input.name, input.visibility);
      if (size === undefined) throw notFound(what);
      tell(sizeEntry(size, 'updated', actor.principal));
      return size;
    });
  }

  private async assertSound(manager: Transaction, image: NamedImage, what: string): Promise<void> {
    await this.assertSitesKnown(manager, image.templates, what);
    await this.assertTenantsKnown(manager, image.visibility, what);
    const name = image.defaults?.size;
    const size = name === undefined ? undefined : await this.directory.findSize(manager, name);
    assertSoundImage(image, size, what);
  }

  /** A misspelt site would show only when somebody asks for a VM there. */
  private async assertSitesKnown(manager: Transaction, templates: Image['templates'], what: string): Promise<void> {
    const unknown = await this.catalogue.unknownSites(manager, Object.keys(templates));
    if (unknown.length === 0) return;
    const details = unknown.map((site) => ({ pointer: `/templates/${site}`, message: 'is not registered' }));
    throw new DcmError('NOT_FOUND', `Unable to ${what}: site ${unknown.join(', ')} is not registered`, { details });
  }

  private async assertTenantsKnown(manager: Transaction, visibility: Visibility = 'all', what: string): Promise<void> {
    if (visibility === 'all') return;
    const { tenants } = visibility;
    const unknown = await this.catalogue.unknownTenants(manager, tenants);
    if (unknown.length === 0) return;
    const details = unknown.map((id) => ({
      pointer: `/visibility/tenants/${tenants.findIndex((tenant) => tenant === id)}`,
      message: 'is not known',
    }));
    throw new DcmError('NOT_FOUND', `Unable to ${what}: tenant ${unknown.join(', ')} is not known`, { details });
  }
}

const sizeEntry = (size: Size, action: string, actor: string): JournalEntry => ({
  noun: 'size',
  id: size.name,
  tenantId: null,
  action,
  actor,
  seq: size.seq,
  doc: size,
});

const imageEntry = (image: Image, action: string, actor: string): JournalEntry => ({
  noun: 'image',
  id: image.id,
  tenantId: null,
  action,
  actor,
  seq: image.seq,
  doc: image,
});
