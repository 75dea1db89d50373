import { guestSecretsOf, imageFaultOf, replaceGuestSecrets, withImageDefaults, type GuestSecret } from '@dcm/contracts';
import type {
  BatchPlace,
  CreateVm,
  DcmErrorBody,
  ErrorCode,
  Image,
  MemberSecrets,
  Platform,
  Policy,
  ResourceAmount,
  SiteName,
  TenantId,
} from '@dcm/contracts';
import { isSealed, seal, vmIdOf } from '@dcm/runtime';
import { planCommand } from '../dispatch/command.mapper';
import { beginOperation, placeOf, type OperationOrder } from '../operations/begin.mapper';
import type { Change } from '../operations/change';
import { askedAmounts } from '../operations/plan.mapper';
import { planUntil } from '../operations/planning.policy';
import type { VmRecord } from '../operations/vm.entity';
import { waitFor } from '../operations/waiting.mapper';
import { newVm, specOf, vmDocOf, type ResolvedNames } from './vm-request.mapper';

/** A create request with who asks for it. */
export interface CreateOrder extends OperationOrder {
  readonly body: CreateVm;
  /** Guest secrets of a relayed request were sealed at the relay's door. */
  readonly isRelayed: boolean;
  /** The secrets of the second VM and those after it, sealed for each. */
  readonly memberSecrets?: readonly MemberSecrets[] | undefined;
}

/** What DCM knows of what a create request names; null where there is no such thing. */
export interface CreateFacts {
  readonly tenantId: TenantId | null;
  readonly policy: Policy | null;
  readonly site: SiteName | null;
  readonly platform: Platform | null;
  readonly announcedAt: Date | null;
  readonly sealingKey: string | null;
  readonly size: { readonly cpus: number; readonly memoryMib: number } | null;
  readonly image: Pick<Image, 'name' | 'defaults' | 'minimums' | 'state'> | null;
  readonly template: string | null;
  readonly isNameTaken: boolean;
}

type Check = (order: CreateOrder, facts: CreateFacts) => DcmErrorBody | null;

const refusal = (code: ErrorCode, { body }: CreateOrder, pointer: string, cause: string): DcmErrorBody => ({
  code,
  message: `Unable to create VM ${body.name}: ${cause}`,
  details: [{ pointer, message: cause }],
});

const checkSize: Check = (order, { size }) =>
  order.body.size !== undefined && size === null
    ? refusal('NOT_FOUND', order, '/size', `size ${order.body.size} is not known`)
    : null;

const checkImage: Check = (order, { image, template, site, size }) => {
  const { image: name } = order.body;
  if (name === undefined) return null;
  if (image === null) return refusal('NOT_FOUND', order, '/image', `image ${name} is not known`);
  if (template === null) {
    return refusal('NOT_FOUND', order, '/image', `image ${name} has no template on site ${site ?? ''}`);
  }
  const fault = imageFaultOf(image, order.body, size ?? undefined);
  if (fault === null) return null;
  const [{ pointer, message }] = fault.details;
  return { ...refusal(fault.code, order, pointer, message), details: [...fault.details] };
};

const checkName: Check = (order, { isNameTaken }) =>
  isNameTaken ? refusal('CONFLICT', order, '/name', 'the project has a VM of this name') : null;

const needsSealing = ({ isRelayed }: CreateOrder, { secret }: GuestSecret): boolean => !(isRelayed && isSealed(secret));

/** A site may announce what is no key. */
const canSeal = (key: string | null): key is string => {
  try {
    return key !== null && isSealed(seal(key, '', ''));
  } catch {
    return false;
  }
};

const checkSecrets: Check = (order, { sealingKey, site }) => {
  const open = guestSecretsOf(order.body.guest).find((one) => needsSealing(order, one));
  if (open === undefined || canSeal(sealingKey)) return null;
  const cause = `site ${site ?? ''} has announced no key to seal it with`;
  return refusal('SITE_UNAVAILABLE', order, open.pointer, cause);
};

/** The request with its image's defaults where it says nothing. */
export const completed = (order: CreateOrder, { image }: CreateFacts): CreateOrder =>
  image === null ? order : { ...order, body: withImageDefaults(order.body, image) };

/** Whether what a completed request names exists, is enough and is free. A project of another tenant is as unknown as one that is not there. */
export function refusalOf(order: CreateOrder, facts: CreateFacts): DcmErrorBody | null {
  if (!isOwnProject(order, facts)) {
    return refusal('NOT_FOUND', order, '/projectId', `project ${order.body.projectId} is not known`);
  }
  for (const check of [checkSize, checkImage, checkName, checkSecrets]) {
    const error = check(order, facts);
    if (error !== null) return error;
  }
  return null;
}

export const isOwnProject = (order: CreateOrder, facts: CreateFacts): boolean => facts.tenantId === order.tenantId;

const namesOf = ({ body }: CreateOrder, { size, template }: CreateFacts): ResolvedNames => ({
  cpus: body.cpus ?? size?.cpus ?? 0,
  memoryMib: body.memoryMib ?? size?.memoryMib ?? 0,
  template,
});

/** What a request reserves, before its site has planned it. */
export function askedBy(order: CreateOrder, facts: CreateFacts): ResourceAmount {
  const { cpus, memoryMib } = namesOf(order, facts);
  return askedAmounts({ cpus, memoryMib, disks: order.body.disks });
}

/**
 * The VM that a request asks for, in its tenant's project.
 * @param instanceNumber null: the request is refused, and no spec is kept.
 * @returns undefined when the project is not the tenant's.
 */
export function vmOf(
  order: CreateOrder,
  facts: CreateFacts,
  now: Date,
  instanceNumber: number | null,
): VmRecord | undefined {
  const { site, platform } = facts;
  if (!isOwnProject(order, facts) || site === null || platform === null) return undefined;
  const names = namesOf(order, facts);
  const doc = vmDocOf(order.body, order.id, { tenantId: order.tenantId, site, platform, now }, names);
  if (instanceNumber === null) return newVm(doc, null, null);
  return newVm(doc, specOf(sealed(order, facts), doc.id, platform, names), instanceNumber);
}

/** The body with all of its guest's secrets sealed. */
function sealed(order: CreateOrder, { sealingKey }: CreateFacts): CreateVm {
  const { body, id } = order;
  const guest = replaceGuestSecrets(body.guest, (one) =>
    needsSealing(order, one) && sealingKey !== null ? seal(sealingKey, one.secret, vmIdOf(id)) : one.secret,
  );
  return { ...body, guest };
}

/** Accepts a create: the site is asked for a plan at once, or as soon as it has announced itself. */
export function admitCreate(change: Change, order: CreateOrder): void {
  const { now, scene, vm, site } = change;
  const begun = beginOperation(order, placeOf(vm.doc), scene);
  const { deadlineAt } = begun.doc;
  if (!site.isAnnounced) {
    const waitingFor = waitFor.site(site.name, 'has not announced itself yet', new Date(deadlineAt), 'it expires');
    change.begin({ ...begun, doc: { ...begun.doc, waitingFor } }, order.requester);
  } else {
    const waitingFor = waitFor.plan(site.name, planUntil(change, deadlineAt));
    const planning = { ...begun.doc, state: 'planning', step: 'planning', waitingFor } as const;
    change.begin({ ...begun, doc: planning, sends: 1 }, order.requester);
    change.send(planCommand({ now, installation: scene.installation, vm }, change.operation(order.id)));
  }
  change.tellVm('requested', {}, {}, order.requester);
}

/** Accepts one of several creates that are decided together: it waits for the first, which is planned for all. */
export function admitMember(change: Change, order: CreateOrder, { id, count }: BatchPlace): void {
  const begun = beginOperation(order, placeOf(change.vm.doc), change.scene);
  const waitingFor = waitFor.lead(id, count, new Date(begun.doc.deadlineAt));
  change.begin({ ...begun, doc: { ...begun.doc, waitingFor } }, order.requester);
  change.tellVm('requested', {}, {}, order.requester);
}

/** Takes a request in only to say why it cannot be. Nothing is held for it. */
export function refuseCreate(change: Change, order: CreateOrder, error: DcmErrorBody): void {
  const place = change.hasVm ? placeOf(change.vm.doc) : { projectId: null, vmId: vmIdOf(order.id), site: null };
  refuse(change, order, place, error);
  if (change.hasVm) change.tellVm('refused', { lifecycle: 'failed' }, { holdsName: false }, order.requester);
}

/** An operation that begins and ends with its refusal. */
export function refuse(
  change: Change,
  order: OperationOrder,
  place: Parameters<typeof beginOperation>[1],
  error: DcmErrorBody,
): void {
  const begun = beginOperation(order, place, change.scene);
  change.begin({ ...begun, holdsVm: false }, order.requester);
  change.move(order.id, 'rejected', { doc: { state: 'rejected', step: 'rejected', error } });
}
