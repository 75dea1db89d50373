/**
 * Calls an exported function of a TypeScript module in a process of its own, prints its result as one JSON line and
 * then stays, so that a test can kill it: node parent.cjs <module> <function> <JSON arguments>
 */
const { transformFileSync } = require('@swc/core');

require.extensions['.ts'] = (module, file) => {
  const options = { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } };
  module._compile(transformFileSync(file, options).code, file);
};

const [, , file, name, args] = process.argv;
require(file)
  [name](...JSON.parse(args))
  .then((result) => {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    setInterval(() => undefined, 60_000);
  });
