import { parseUpid } from './upid';

describe("a task's identifier", () => {
  it('tells node, kind, object, user and start', () => {
    expect(parseUpid('UPID:pve1:000008BC:00035FE9:6B0384D0:qmclone:9001:root@pam!dcm:')).toEqual({
      node: 'pve1',
      type: 'qmclone',
      id: '9001',
      user: 'root@pam!dcm',
      startedAt: 0x6b0384d0,
    });
  });

  it('may have a longer start and no object', () => {
    expect(parseUpid('UPID:n-1:00000001:1000000FF:6B0384D0:vzdump::u@pve:')).toMatchObject({ node: 'n-1', id: '' });
  });

  it.each([
    undefined,
    42,
    '',
    'UPID:',
    'UPID:pve1:000008BC:00035FE9:6B0384D0:qmclone:9001:root@pam!dcm',
    'UPID:pve1/../x:000008BC:00035FE9:6B0384D0:qmclone:9001:root@pam:',
    'UPID:pve1:8BC:00035FE9:6B0384D0:qmclone:9001:root@pam:',
  ])('is none: %j', (text) => {
    expect(parseUpid(text)).toBeUndefined();
  });
});
