import { HypervisorError, OperationYielded, type HypervisorReason } from '@dcm/contracts';
import { PveRefusal, PveRequestError, PveTaskFailure, PveTaskUnknown, PveTransportError } from './client/pve.errors';
import type { PveScheme } from './client/pve.errors';
import {
  isMissingPrivilege,
  isNodeUnreachable,
  isProvenUndone,
  isRefusal,
  isUnanswered,
  isWaitOver,
} from './outcome.errors';
import { Refused, toPortError, type ErrorPlace } from './proxmox.errors';
import { isNoQuorum, lockOf, says } from './text.errors';

const PLACE: ErrorPlace = { action: 'create VM web-01', site: 'lab', effect: 'NONE' };
const UPID = 'UPID:pve1:000008BC:00035FE9:6B0384D0:qmclone:9001:root@pam!dcm:';

const refusal = (status: number, text: string, scheme: PveScheme = 'token'): PveRefusal =>
  new PveRefusal('POST /nodes/pve1/qemu', { status, text, scheme });
const transport = (code: string, facts = { mayHaveRun: true }): PveTransportError =>
  new PveTransportError(code, 'POST /nodes/pve1/qemu', facts);

function portError(error: unknown, place = PLACE): HypervisorError {
  const mapped = toPortError(error, place);
  if (mapped instanceof HypervisorError) return mapped;
  throw mapped;
}

/** Texts as a PVE 9.2 wrote them, where not marked: of a 500 as of a task's exit status. */
const TEXTS: readonly (readonly [string, HypervisorReason])[] = [
  ["Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist", 'VM_NOT_FOUND'],
  ["unable to find configuration file for VM 999 on node 'pve1'", 'VM_NOT_FOUND'],
  ["unable to create VM 100 - VM 100 already exists on node 'pve2'", 'NUMBER_TAKEN'],
  ['unable to create VM 400: config file already exists', 'NUMBER_TAKEN'],
  ["close (rename) atomic file '/etc/pve/nodes/pve2/qemu-server/110.conf' failed: File exists", 'NUMBER_TAKEN'],
  ['VM is locked (clone)', 'STILL_CREATING'],
  ['VM is locked (create)', 'STILL_CREATING'],
  ['VM is locked (backup)', 'TASK_IN_PROGRESS'],
  ['VM is locked (snapshot-delete)', 'TASK_IN_PROGRESS'],
  ["can't lock file '/var/lock/qemu-server/lock-500.conf' - got timeout", 'TASK_IN_PROGRESS'],
  ["can't lock file '/var/lock/pve-manager/pve-storage-local' - got timeout", 'TASK_IN_PROGRESS'],
  ["clone failed: cfs-lock 'storage-nfs' error: got lock request timeout", 'TASK_IN_PROGRESS'],
  ['VM 201 is running - destroy failed', 'INVALID_POWER_STATE'],
  ["can't remove VM 450 - protection mode enabled", 'UNSUPPORTED'],
  ['unable to remove VM 450 - used in HA resources and purge parameter not set.', 'INVALID_SPEC'],
  ['VM 201 not running', 'INVALID_POWER_STATE'],
  ['VM 201 is not running', 'INVALID_POWER_STATE'],
  ['VM 201 already running', 'INVALID_POWER_STATE'],
  ['VM is paused - cannot shutdown', 'INVALID_POWER_STATE'],
  ['QEMU guest agent is not running', 'GUEST_TOOLS_MISSING'],
  ['No QEMU guest agent configured', 'GUEST_TOOLS_MISSING'],
  ['VM quit/powerdown failed - got timeout', 'GUEST_TOOLS_MISSING'],
  ['checksum mismatch (file change by other user?)', 'CONCURRENT_CHANGE'],
  ["only root can set 'lock' config", 'MISSING_PRIVILEGE'],
  ["no such cluster node 'x'", 'PLACEMENT_NOT_FOUND'],
  [
    "hostname lookup 'nope' failed - failed to get address info for: nope: Name or service not known",
    'PLACEMENT_NOT_FOUND',
  ],
  ['cluster not ready - no quorum?', 'SITE_UNREACHABLE'],
  ["unable to open file '/etc/pve/nodes/pve1/qemu-server/201.conf.tmp.1' - Permission denied", 'SITE_UNREACHABLE'],
  ["storage 'x' does not exist", 'STORAGE_NOT_FOUND'],
  ["clone failed: storage 'local-zfs' is not available on node 'pve2'", 'STORAGE_NOT_FOUND'],
  ['no options specified', 'INVALID_SPEC'],
  ["parameter 'storage' not allowed for linked clones", 'INVALID_SPEC'],
  ["can't clone VM to node 'x' (VM uses local storage)", 'INVALID_SPEC'],
  ["can't clone to non-shared storage 'local'", 'INVALID_SPEC'],
  ['MAX 2 vcpus allowed per VM on this node', 'INSUFFICIENT_CAPACITY'],
  ["bridge 'nobr' does not exist", 'NETWORK_NOT_FOUND'],
  ['shrinking disks is not supported', 'INVALID_SPEC'],
  ['SSH public key validation error', 'INVALID_SPEC'],
  ["unable to parse value of 'memory' - got undefined value", 'INVALID_SPEC'],
  ["base volume 'local:9001/base-9001-disk-0.qcow2' is still in use by linked cloned", 'UNSUPPORTED'],
  ["snapshot name 's1' already used", 'NAME_CONFLICT'],
  ["snapshot 's1' does not exist", 'SNAPSHOT_NOT_FOUND'],
  ['snapshot feature is not available', 'UNSUPPORTED'],
  ['update pools failed: VM 902 is already a pool member', 'CONCURRENT_CHANGE'],
  ['clone failed: interrupted by signal', 'CONCURRENT_CHANGE'],
  ["start failed: command '/usr/bin/kvm -id 201' failed: got timeout", 'CALL_TIMEOUT'],
  ['start failed: QEMU exited with code 1: cannot set up guest memory', 'INSUFFICIENT_CAPACITY'],
  ['clone failed: unable to create image: No space left on device', 'STORAGE_FULL'],
  ['lvcreate error: Volume group "pve" has insufficient free space (1 extents): 256 required.', 'STORAGE_FULL'],
  ['something that nobody has seen yet', 'PLATFORM_ERROR'],
];

describe('an error of the platform', () => {
  it.each(TEXTS)('with the text %j is %s, whether the call was refused or its task failed', (text, reason) => {
    for (const error of [refusal(500, text), new PveTaskFailure(UPID, text)]) {
      const mapped = portError(error);
      expect(mapped).toBeInstanceOf(HypervisorError);
      expect(mapped).toMatchObject({ reason, effect: 'NONE' });
      expect(mapped.message).toContain('Unable to create VM web-01 on site lab: ');
      expect(mapped.message).toContain(text);
      expect(mapped.native).toContain(text);
    }
  });

  it.each([
    [400, 'No such storage.', 'STORAGE_NOT_FOUND'],
    [400, 'VM 100 already exists', 'NUMBER_TAKEN'],
    [400, 'unable to parse worker upid', 'INVALID_SPEC'],
    [400, 'something else', 'INVALID_SPEC'],
    [403, "Permission check failed (pool 'x' does not exist)", 'PLACEMENT_NOT_FOUND'],
    [403, 'Permission check failed (/vms/9000, VM.Clone)', 'MISSING_PRIVILEGE'],
    [403, 'The access/ticket path is not available with API token, need proper ticket.', 'MISSING_PRIVILEGE'],
    [501, "Method 'GET /nosuch' not implemented", 'UNSUPPORTED'],
    [506, 'Unsupported media type', 'PLATFORM_ERROR'],
  ] as const)('%i %s is %s', (status, text, reason) => {
    expect(portError(refusal(status, text))).toMatchObject({ reason, native: `${status} ${text}` });
  });

  it('names each wrong parameter', () => {
    const fields = { memory: 'value must have a minimum value of 16', nope: 'property is not defined in schema\n' };
    const error = new PveRefusal('x', { status: 400, text: 'Parameter verification failed.', fields, scheme: 'token' });
    expect(portError(error).message).toBe(
      'Unable to create VM web-01 on site lab: memory: value must have a minimum value of 16; nope: property is not defined in schema',
    );
  });

  it('knows what is told as a fault of a parameter and is none', () => {
    const fields = { vmid: 'VM 100 already exists' };
    const error = new PveRefusal('x', { status: 400, text: 'Parameter verification failed.', fields, scheme: 'token' });
    expect(portError(error)).toMatchObject({ reason: 'NUMBER_TAKEN' });
  });

  it('names the privilege and where it lacks', () => {
    const error = portError(refusal(403, 'Permission check failed (/sdn/zones/localnetwork/vmbr0, SDN.Use)'));
    expect(error.message).toContain('lacks the privilege SDN.Use on /sdn/zones/localnetwork/vmbr0');
  });

  it.each([
    ['token', 'Authentication failed!', 'INVALID_CREDENTIALS'],
    ['token', 'No ticket', 'INVALID_CREDENTIALS'],
    ['login', 'authentication failure', 'INVALID_CREDENTIALS'],
    ['ticket', 'Authentication failed!', 'SESSION_EXPIRED'],
    ['ticket', 'Permission denied - invalid csrf token', 'SESSION_EXPIRED'],
  ] as const)('401 of a %s (%s) is %s', (scheme, text, reason) => {
    expect(portError(refusal(401, text, scheme))).toMatchObject({ reason, countsAsAttempt: false, retryable: true });
  });

  it.each([
    ['TIMEOUT', 'CALL_TIMEOUT'],
    ['BACKEND_SILENT', 'CALL_TIMEOUT'],
    ['NODE_UNREACHABLE', 'HOST_UNREACHABLE'],
    ['SECOND_FACTOR', 'INVALID_CREDENTIALS'],
    ['TLS_PIN_MISMATCH', 'TLS_UNTRUSTED'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'TLS_UNTRUSTED'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TLS_UNTRUSTED'],
    ['UNEXPECTED_ANSWER', 'PLATFORM_ERROR'],
    ['NOT_PVE', 'SITE_UNREACHABLE'],
    ['CONNECT_TIMEOUT', 'SITE_UNREACHABLE'],
    ['ECONNREFUSED', 'SITE_UNREACHABLE'],
    ['ECONNRESET', 'SITE_UNREACHABLE'],
    ['ENOTFOUND', 'SITE_UNREACHABLE'],
  ] as const)('without an answer, %s is %s', (code, reason) => {
    expect(portError(transport(code), { ...PLACE, effect: 'UNKNOWN' })).toMatchObject({ reason, effect: 'UNKNOWN' });
  });

  it.each([
    [429, 'SITE_OVERLOADED'],
    [503, 'SITE_OVERLOADED'],
    [502, 'SITE_UNREACHABLE'],
  ] as const)('of a proxy before the cluster, %i is %s', (httpStatus, reason) => {
    const error = new PveTransportError('HTTP_STATUS', 'x', { httpStatus, mayHaveRun: true });
    expect(portError(error)).toMatchObject({ reason });
  });

  it('of one node that is away pauses no site and comes back later', () => {
    const error = portError(
      new PveTransportError('NODE_UNREACHABLE', 'x', { httpStatus: 595, text: 'No route to host', mayHaveRun: false }),
    );
    expect(error).toMatchObject({ pausesSite: false, retryable: true, retryAfterMs: 30_000 });
    expect(error.native).toBe('NODE_UNREACHABLE 595 No route to host');
  });

  it('of a lock comes back soon and counts as no attempt', () => {
    const text = "can't lock file '/var/lock/qemu-server/lock-500.conf' - got timeout";
    expect(portError(refusal(500, text))).toMatchObject({
      retryable: true,
      retryAfterMs: 5_000,
      countsAsAttempt: false,
    });
  });

  it('of more CPUs than the node has is not tried again', () => {
    expect(portError(new PveTaskFailure(UPID, 'MAX 2 vcpus allowed per VM on this node')).retryable).toBe(false);
  });

  it.each(['UNEXPECTED_STATUS', 'FORGOTTEN'] as const)(
    'of a task whose end nobody knows (%s) has an unknown effect',
    (why) => {
      expect(portError(new PveTaskUnknown(UPID, why))).toMatchObject({
        reason: 'CALL_TIMEOUT',
        effect: 'UNKNOWN',
        native: why,
      });
    },
  );

  it('of a task that could not be watched has an unknown effect, and its cause', () => {
    const unseen = new PveTaskUnknown(UPID, 'UNSEEN', refusal(401, 'Authentication failed!'));
    expect(portError(unseen)).toMatchObject({ reason: 'INVALID_CREDENTIALS', effect: 'UNKNOWN' });
  });
});

describe('other errors', () => {
  it('pass as they are when they are the port’s own', () => {
    const own = new HypervisorError('CLAIM_LOST', 'x', { effect: 'NONE' });
    expect(toPortError(own, PLACE)).toBe(own);
    const yielded = new OperationYielded('t');
    expect(toPortError(yielded, PLACE)).toBe(yielded);
  });

  it('of our own keep their effect, or have the one reached so far', () => {
    const place = { ...PLACE, effect: 'PARTIAL' } as const;
    expect(portError(new Refused('INVALID_SPEC', 'no'), place)).toMatchObject({
      reason: 'INVALID_SPEC',
      effect: 'PARTIAL',
    });
    expect(portError(new Refused('INVALID_SPEC', 'no', 'NONE'), place)).toMatchObject({ effect: 'NONE' });
  });

  it('of a caller who withdrew have his reason', () => {
    const signal = AbortSignal.abort(new HypervisorError('CANCELLED', 'by its user', { effect: 'NONE' }));
    expect(portError(transport('ABORTED'), { ...PLACE, signal })).toMatchObject({ reason: 'CANCELLED' });
    const late = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
    expect(portError(transport('ABORTED'), { ...PLACE, signal: late })).toMatchObject({ reason: 'BUDGET_EXHAUSTED' });
    expect(portError(transport('ABORTED'))).toMatchObject({ reason: 'CANCELLED' });
  });

  it('of a request that cannot be made, and of a bug, say so', () => {
    expect(portError(new PveRequestError('path segment 1', 'it must be a name'))).toMatchObject({
      reason: 'INVALID_SPEC',
    });
    expect(portError(new TypeError('oops'))).toMatchObject({
      reason: 'PLATFORM_ERROR',
      cause: expect.any(TypeError) as unknown,
    });
  });
});

describe('what an error proves', () => {
  const unreached = transport('NODE_UNREACHABLE', { mayHaveRun: false });
  const rows: readonly (readonly [string, unknown, boolean, boolean])[] = [
    ['a refusal', refusal(500, 'x'), true, false],
    ['a task that failed', new PveTaskFailure(UPID, 'x'), true, false],
    ['a task whose end nobody knows', new PveTaskUnknown(UPID, 'UNEXPECTED_STATUS'), false, true],
    ['595', unreached, true, false],
    ['596', transport('BACKEND_SILENT'), false, true],
    ['a lost answer', transport('ECONNRESET'), false, true],
    ['a withdrawal after it was sent', transport('ABORTED'), false, false],
    ['a request that cannot be made', new PveRequestError('x', 'y'), true, false],
    ['a bug', new Error('x'), false, false],
  ];

  it.each(rows)('%s', (_, error, undone, unanswered) => {
    expect([isProvenUndone(error), isUnanswered(error)]).toEqual([undone, unanswered]);
  });

  it('may be that a call was refused, a wait is over, a node is away, or a privilege lacks', () => {
    expect([isRefusal(refusal(500, 'x')), isRefusal(unreached)]).toEqual([true, false]);
    expect([isWaitOver(transport('TIMEOUT')), isWaitOver(unreached)]).toEqual([true, false]);
    expect([isNodeUnreachable(unreached), isNodeUnreachable(refusal(500, "no such cluster node 'x'"))]).toEqual([
      true,
      true,
    ]);
    expect(isNodeUnreachable(transport('ECONNREFUSED'))).toBe(false);
    expect([isMissingPrivilege(refusal(403, 'x')), isMissingPrivilege(refusal(500, 'x'))]).toEqual([true, false]);
  });
});

describe('what a text says', () => {
  it('is found in refusals and failed tasks only', () => {
    const text = 'VM 201 already running';
    expect(says(new PveTaskFailure(UPID, text), 'ALREADY_RUNNING')).toBe(true);
    expect(says(refusal(500, text), 'ALREADY_RUNNING')).toBe(true);
    expect(says(refusal(500, text), 'NOT_RUNNING')).toBe(false);
    expect(says(new Error(text), 'ALREADY_RUNNING')).toBe(false);
  });

  it('names the lock', () => {
    expect(lockOf(refusal(500, 'VM is locked (snapshot-delete)'))).toBe('snapshot-delete');
    expect(lockOf(refusal(500, 'VM 201 not running'))).toBeUndefined();
  });

  it('tells quorum', () => {
    expect(isNoQuorum(refusal(500, 'cluster not ready - no quorum?'))).toBe(true);
    expect(isNoQuorum(refusal(500, 'VM 201 not running'))).toBe(false);
  });
});
