/** Three projects: `unit` (no I/O), `integration` (real PostgreSQL, broker, simulator), `e2e` (the whole product from outside). */
const base = {
  testEnvironment: 'node',
  rootDir: __dirname,
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/sims', '<rootDir>/e2e', '<rootDir>/tools'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  moduleFileExtensions: ['ts', 'js', 'json', 'mjs'],
  // Nest 12 and uuid 14 are pure ES modules; jest needs them as CommonJS.
  transformIgnorePatterns: ['/node_modules/(?!(@nestjs|uuid|openapi-fetch|@marcbachmann)/)'],
  transform: {
    '\\.(t|j|mj)s$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2023',
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: {
    '^@dcm/(messaging|provisioner-kit)/testing$': '<rootDir>/libs/$1/src/testing/index.ts',
    '^@dcm/([a-z-]+)$': '<rootDir>/libs/$1/src/index.ts',
  },
};
module.exports = {
  projects: [
    { ...base, displayName: 'unit', testRegex: '(?<!\\.(int|e2e|conformance))\\.spec\\.ts$' },
    { ...base, displayName: 'integration', testRegex: '\\.(int|conformance)\\.spec\\.ts$' },
    { ...base, displayName: 'e2e', testRegex: '\\.e2e\\.spec\\.ts$' },
  ],
};
