import { PveTaskFailure, PveTaskUnknown, PveTransportError } from './pve.errors';
import { readTaskLog, readTaskStatus } from './task.status';

const UPID = 'UPID:pve1:000008BC:00035FE9:6B0384D0:qmclone:9001:root@pam!dcm:';

describe('the status of a task', () => {
  it.each([
    [{ status: 'running' }, 'RUNNING'],
    [{ status: 'stopped', exitstatus: 'OK' }, { warnings: 0 }],
    [{ status: 'stopped', exitstatus: 'WARNINGS: 3' }, { warnings: 3 }],
  ])('%j', (data, status) => {
    expect(readTaskStatus(UPID, data)).toEqual(status);
  });

  it('is a failure with any other text', () => {
    const status = readTaskStatus(UPID, { status: 'stopped', exitstatus: 'VM 201 already running' });
    expect(status).toBeInstanceOf(PveTaskFailure);
    expect(status).toMatchObject({ upid: UPID, text: 'VM 201 already running' });
  });

  it.each([{ status: 'stopped', exitstatus: 'unexpected status' }, { status: 'stopped' }])(
    'is not known when its worker was lost: %j',
    (data) => {
      const status = readTaskStatus(UPID, data);
      expect(status).toBeInstanceOf(PveTaskUnknown);
      expect(status).toMatchObject({ why: 'UNEXPECTED_STATUS' });
    },
  );

  it('is not made up from an answer that is none', () => {
    expect(() => readTaskStatus(UPID, undefined)).toThrow(PveTransportError);
    expect(() => readTaskStatus(UPID, { exitstatus: 'OK' })).toThrow(PveTransportError);
  });
});

describe('the log of a task', () => {
  const lines = (...texts: string[]) => texts.map((t, index) => ({ n: index + 11, t }));

  it('tells the last percentage and how many lines were read', () => {
    const data = lines('create full clone of drive scsi0 (local:9001)', 'transferred 1.0 GiB of 2.0 GiB (50.03%)');
    expect(readTaskLog(UPID, data, 10)).toEqual({ readLines: 12, percent: 50.03 });
  });

  it('takes the tool of images at its word', () => {
    expect(readTaskLog(UPID, lines('    (12.50/100%)'), 0)).toMatchObject({ percent: 12.5 });
  });

  it('tells none when none is named', () => {
    expect(readTaskLog(UPID, lines('drive (scsi0)', '100% sure'), 10)).toEqual({ readLines: 12 });
    expect(readTaskLog(UPID, [], 10)).toEqual({ readLines: 10 });
    expect(readTaskLog(UPID, [{ n: 1, t: 'no content' }], 0)).toEqual({ readLines: 0 });
  });
});
