import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const matrix = join(__dirname, '..', 'matrix.mjs');

describe('the support matrix', () => {
  it('stands in the README as the recorded conformance results say', () => {
    const { status, stderr } = spawnSync(process.execPath, [matrix, '--check'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
