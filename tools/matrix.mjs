// node tools/matrix.mjs [--check]: writes the support matrix from the recorded conformance results (docs/reference/conformance/*.json) into README.md
// and docs/reference/conformance.md; --check only says whether they stand there as they must.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const records = join(root, 'docs', 'reference', 'conformance');
const page = join(root, 'docs', 'reference', 'conformance.md');
const readme = join(root, 'README.md');
const [begin, end] = [
  '<!-- matrix: npm run conformance -- <platform> --record writes what stands between these marks -->',
  '<!-- matrix: end -->',
];
const words = { SUPPORTED: 'yes', CONDITIONAL: 'on a condition', UNSUPPORTED: 'no' };

/** Keeps of a report what does not differ from run to run: no times. @throws Error when a behaviour failed */
export function record(reportFile, name) {
  const { description, limits, results } = JSON.parse(readFileSync(reportFile, 'utf8'));
  const failed = results.filter(({ outcome }) => outcome === 'failed').map(({ title }) => title);
  if (failed.length > 0) throw new Error(`Unable to record ${name}: it fails where it ${failed.join('; ')}`);
  const { platform, product, capabilities } = description;
  const stable = results.map(({ title, outcome, reason }) => ({ title, outcome, ...(reason && { reason }) }));
  mkdirSync(records, { recursive: true });
  const kept = { name, platform, product, capabilities, limits, results: stable };
  writeFileSync(join(records, `${name}.json`), `${JSON.stringify(kept, null, 2)}\n`);
}

const read = () =>
  (existsSync(records) ? readdirSync(records) : [])
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({ ...JSON.parse(readFileSync(join(records, file), 'utf8')), name: basename(file, '.json') }));

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const count = ({ results }, outcome) => results.filter((one) => one.outcome === outcome).length;
const row = (cells) => `| ${cells.join(' | ')} |`;

/** Features by platform: one column for each, from the run on its own simulator. */
function matrixOf(all) {
  const own = all.filter(({ name, platform }) => name === platform);
  const features = own.flatMap(({ capabilities }) => capabilities.map(({ feature }) => feature));
  const lines = [...new Set(features)].map((feature) =>
    row([
      `\`${feature}\``,
      ...own.map(({ capabilities }) => {
        const found = capabilities.find((one) => one.feature === feature);
        if (found === undefined) return 'not declared';
        return cell(words[found.support] + (found.reason === '' ? '' : `: ${found.reason}`));
      }),
    ]),
  );
  const passed = own.map((one) => `${count(one, 'passed')} passed, ${count(one, 'skipped')} skipped`);
  return [
    row(['feature', ...own.map(({ name }) => name)]),
    row(['---', ...own.map(() => '---')]),
    ...lines,
    row(['conformance', ...passed]),
  ].join('\n');
}

function pageOf(all) {
  const parts = all.map((one) => {
    const skipped = one.results.filter(({ outcome }) => outcome === 'skipped');
    const limits = Object.entries(one.limits).map(([limit, reason]) => `- \`${limit}\`: ${reason}`);
    return [
      `## ${one.name}`,
      `On ${one.product}: ${count(one, 'passed')} passed, ${skipped.length} skipped, 0 failed.`,
      ...(limits.length === 0 ? [] : ['Limits that this target declares:', limits.join('\n')]),
      ...(skipped.length === 0
        ? []
        : ['Skipped:', skipped.map(({ title, reason }) => `- ${title} (${reason})`).join('\n')]),
      'Passed:',
      one.results
        .filter(({ outcome }) => outcome === 'passed')
        .map(({ title }) => `- ${title}`)
        .join('\n'),
    ].join('\n\n');
  });
  const head =
    '# Conformance\n\nEvery sentence is a behaviour of the suite in `libs/provisioner-kit/src/testing`. Written by `npm run conformance -- <platform> --record`.';
  return `${[head, ...parts].join('\n\n')}\n`;
}

function readmeWith(matrix) {
  const text = readFileSync(readme, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error('README.md has no marks for the support matrix');
  return `${text.slice(0, from + begin.length)}\n\n${matrix}\n\n${text.slice(to)}`;
}

// Prettier aligns tables and wraps nothing else here: what counts is the text.
const sameText = (one, other) => one.replace(/[ -]+/g, ' ').trim() === other.replace(/[ -]+/g, ' ').trim();

/** Writes the matrix and the page. */
export function render() {
  const all = read();
  writeFileSync(readme, readmeWith(matrixOf(all)));
  writeFileSync(page, pageOf(all));
}

/** Names the files that are not as the records want them. */
export function stale() {
  const all = read();
  const wanted = [
    [readme, readmeWith(matrixOf(all))],
    [page, pageOf(all)],
  ];
  return wanted
    .filter(([file, text]) => !existsSync(file) || !sameText(readFileSync(file, 'utf8'), text))
    .map(([file]) => basename(file));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes('--check')) render();
  else if (stale().length > 0) {
    console.error(`Not as the conformance records say: ${stale().join(', ')}. Run: node tools/matrix.mjs`);
    process.exit(1);
  }
}
