import {
  HypervisorError,
  type HypervisorPort,
  type OperationContext,
  type SnapshotFacet,
  type VmRef,
  type VmStatus,
} from '@dcm/contracts';
import type { Site } from '../site';
import { aCommand } from '../testing/a-command';
import { readWork } from './work.commands';

const type = 'io.dcm.command.snapshot.v1';
const ctx = {} as OperationContext;
const status = { nativeId: 'vm-1' } as VmStatus;

/** Remembers what it was asked for. */
class Facet implements SnapshotFacet {
  readonly calls: unknown[][] = [];

  createSnapshot(ref: VmRef, snapshot: object): Promise<VmStatus> {
    return this.answer('create', ref, snapshot);
  }
  revertSnapshot(ref: VmRef, name: string): Promise<VmStatus> {
    return this.answer('revert', ref, name);
  }
  removeSnapshot(ref: VmRef, name: string): Promise<VmStatus> {
    return this.answer('remove', ref, name);
  }
  listSnapshots(): Promise<[]> {
    return Promise.resolve([]);
  }

  private answer(what: string, { nativeId }: VmRef, asked: unknown): Promise<VmStatus> {
    this.calls.push([what, nativeId, asked]);
    return Promise.resolve(status);
  }
}

const siteWith = (port: Partial<HypervisorPort>): Site => ({ adapter: port }) as Site;

describe('a snapshot command', () => {
  const command = { ...aCommand(), nativeIds: ['vm-1'] };

  it.each([
    [
      { action: 'create', name: 'a-1', description: 'd', memory: true },
      ['create', 'vm-1', { name: 'a-1', memory: true }],
    ],
    [{ action: 'revert', name: 'a-1' }, ['revert', 'vm-1', 'a-1']],
    [{ action: 'remove', name: 'a-1' }, ['remove', 'vm-1', 'a-1']],
  ])('asks the platform for what it says (%j)', async (snapshot, call) => {
    const snapshots = new Facet();
    const work = readWork(type, { ...command, snapshot });
    expect(await work.carryOut(siteWith({ snapshots }), ctx)).toEqual({ status, outcome: 'changed' });
    expect(work.kind).toBe('snapshot');
    expect(snapshots.calls).toMatchObject([call]);
  });

  it('is refused without effect by a platform that has no snapshots', async () => {
    const work = readWork(type, { ...command, snapshot: { action: 'remove', name: 'a-1' } });
    const refused = work.carryOut(siteWith({}), ctx);
    await expect(refused).rejects.toBeInstanceOf(HypervisorError);
    await expect(refused).rejects.toMatchObject({ reason: 'UNSUPPORTED', effect: 'NONE' });
  });

  it.each([{ action: 'create', name: 'a-1' }, { action: 'rename', name: 'a-1' }, undefined])(
    'that says too little is refused (%j)',
    (snapshot) => {
      expect(() => readWork(type, { ...command, snapshot })).toThrow(
        expect.objectContaining({ code: 'INVALID_REQUEST' }) as Error,
      );
    },
  );
});
