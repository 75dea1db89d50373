import type { ManagedObjectReference } from './managed.object';
import { readRecord, readReference, readString, type VimRecord } from './reader';
import { VimTransportError } from './vim.errors';

/** Which server this is. */
export interface AboutInfo {
  /** Such as `VMware vCenter Server 8.0.2 build-23929136`. */
  readonly fullName: string;
  readonly version: string;
  readonly build: string;
  /** The newest API version the server speaks, such as `8.0.2.0`. */
  readonly apiVersion: string;
  /** Identifies the vCenter; object references mean nothing without it. */
  readonly instanceUuid: string | undefined;
}

/** The objects every call starts from. */
export interface ServiceContent {
  readonly about: AboutInfo;
  readonly rootFolder: ManagedObjectReference;
  readonly propertyCollector: ManagedObjectReference;
  readonly sessionManager: ManagedObjectReference;
  readonly searchIndex: ManagedObjectReference;
  readonly authorizationManager: ManagedObjectReference | undefined;
  readonly eventManager: ManagedObjectReference | undefined;
  readonly setting: ManagedObjectReference | undefined;
  readonly taskManager: ManagedObjectReference | undefined;
  readonly viewManager: ManagedObjectReference | undefined;
}

const OPERATION = 'RetrieveServiceContent';

/**
 * Reads the answer of RetrieveServiceContent.
 * @throws VimTransportError `NOT_A_VCENTER` when a lone ESXi host answers, which cannot clone; `UNEXPECTED_ANSWER`.
 */
export function readServiceContent(data: unknown): ServiceContent {
  const content = readRecord(data);
  const about = readRecord(content['about']);
  if (about['apiType'] !== 'VirtualCenter') throw answerError('NOT_A_VCENTER');
  return {
    about: readAbout(about),
    rootFolder: required(content, 'rootFolder'),
    propertyCollector: required(content, 'propertyCollector'),
    sessionManager: required(content, 'sessionManager'),
    searchIndex: required(content, 'searchIndex'),
    authorizationManager: readReference(content['authorizationManager']),
    eventManager: readReference(content['eventManager']),
    setting: readReference(content['setting']),
    taskManager: readReference(content['taskManager']),
    viewManager: readReference(content['viewManager']),
  };
}

/** The lower of two dotted versions: a newer one than the server's own is refused by it. */
export function lowerVersion(one: string, other: string): string {
  const [left = [], right = []] = [one, other].map((version) => version.split('.').map(Number));
  const parts = left.length > right.length ? left : right;
  const differing = parts.findIndex((_, index) => partOf(left, index) !== partOf(right, index));
  return partOf(left, differing) <= partOf(right, differing) ? one : other;
}

function partOf(version: readonly number[], index: number): number {
  return version[index] ?? 0;
}

function readAbout(about: VimRecord): AboutInfo {
  return {
    fullName: readString(about['fullName']) ?? '',
    version: readString(about['version']) ?? '',
    build: readString(about['build']) ?? '',
    apiVersion: readString(about['apiVersion']) ?? '',
    instanceUuid: readString(about['instanceUuid']),
  };
}

function required(content: VimRecord, name: string): ManagedObjectReference {
  const found = readReference(content[name]);
  if (!found) throw answerError('UNEXPECTED_ANSWER');
  return found;
}

function answerError(code: string): VimTransportError {
  return new VimTransportError(code, OPERATION, { requestSent: true });
}
