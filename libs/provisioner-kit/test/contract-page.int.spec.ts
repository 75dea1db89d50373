import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hypervisorReasons, reasonTable } from '@dcm/contracts';

const page = readFileSync(join(__dirname, '../../../docs/contracts/hypervisor.md'), 'utf8');
const yesOrNo = (value: boolean): string => (value ? 'yes' : 'no');

describe('docs/contracts/hypervisor.md', () => {
  it('lists every reason as the table in the code has it, and no other', () => {
    const listed = page.match(/^\| `[A-Z_]+` \| [A-Z_]+ \|.*$/gm);
    const wanted = hypervisorReasons.map((reason) => {
      const { code, retryable, countsAsAttempt, pausesSite } = reasonTable[reason];
      return `| \`${reason}\` | ${[code, ...[retryable, countsAsAttempt, pausesSite].map(yesOrNo)].join(' | ')} |`;
    });
    expect(listed).toEqual(wanted);
  });

  it('says of every reason which methods give it, and how one recovers', () => {
    const matrix = page.slice(page.indexOf('## Methods and errors'), page.indexOf('### The closed list of reasons'));
    const missing = hypervisorReasons.filter((reason) => !matrix.includes(`\`${reason}\``));
    expect(missing).toEqual([]);
  });
});
