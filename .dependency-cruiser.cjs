/** Who may import whom. Each rule is named as the sentence it enforces; `tools/test/boundaries.int.spec.ts` sees each of them fire. */
const product = '^(apps|libs)/';
const test = '(\\.spec\\.ts$|/test/|/testing/)';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'apps-never-meet',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    { name: 'libs-know-no-app', severity: 'error', from: { path: '^libs/' }, to: { path: '^(apps|e2e|bench|tools)/' } },
    {
      name: 'contracts-import-only-zod',
      severity: 'error',
      from: { path: '^libs/contracts/', pathNot: test },
      to: { pathNot: ['^libs/contracts/', '(^|/)node_modules/zod/'] },
    },
    {
      name: 'libs-stand-in-order',
      comment: 'contracts ← runtime ← messaging ← provisioner-kit; client and connection stand on contracts',
      severity: 'error',
      from: { path: '^libs/(runtime|client|connection)/', pathNot: test },
      to: { path: '^libs/(messaging|provisioner-kit)/' },
    },
    {
      name: 'messaging-below-kit',
      severity: 'error',
      from: { path: '^libs/messaging/' },
      to: { path: '^libs/(provisioner-kit|client)/' },
    },
    {
      name: 'lib-by-its-name',
      comment: 'write @dcm/x, never ../../libs/x',
      severity: 'error',
      from: { path: '^(apps|libs|sims|e2e|tools|bench)/([^/]+)/' },
      to: { path: '^libs/', pathNot: '^$1/$2/', dependencyTypesNot: ['aliased'] },
    },
    {
      name: 'lib-by-its-door',
      severity: 'error',
      from: { path: '^(apps|libs|sims|e2e|tools|bench)/([^/]+)/' },
      to: { path: '^libs/[^/]+/src/', pathNot: ['^$1/$2/', '^libs/[^/]+/src/(testing/)?index\\.ts$'] },
    },
    {
      name: 'product-never-imports-sims',
      severity: 'error',
      from: { path: product, pathNot: test },
      to: { path: '^(sims|e2e|bench|tools)/' },
    },
    {
      name: 'testing-doors-only-in-tests',
      severity: 'error',
      from: { path: product, pathNot: test },
      to: { path: '/src/testing/' },
    },
    {
      name: 'adapters-know-no-framework',
      comment: 'plain classes: contracts, connection, node, the vendor client library and their own folder',
      severity: 'error',
      from: { path: '^apps/provisioner-[^/]+/src/', pathNot: ['/main\\.ts$', test] },
      to: { path: '(node_modules/(@nestjs|amqplib|typeorm|pg)/|^libs/(messaging|provisioner-kit|runtime)/)' },
    },
    {
      name: 'policies-and-mappers-are-pure',
      severity: 'error',
      from: { path: '\\.(policy|mapper)\\.ts$' },
      to: {
        path: '(node_modules/(?!zod/)|^(fs|net|http|https|tls|dgram|dns|child_process|worker_threads)(/|$)|\\.(repository|client|service|relay|session)\\.ts$)',
      },
    },
    {
      name: 'amqplib-only-in-messaging',
      severity: 'error',
      from: { path: product, pathNot: ['^libs/messaging/', test] },
      to: { path: 'node_modules/amqplib/' },
    },
    {
      name: 'typeorm-stays-with-rows',
      comment:
        'types of typeorm may pass through (a transaction is handed on); calls stay in repositories, entities and migrations',
      severity: 'error',
      from: {
        path: product,
        pathNot: ['\\.(entity|repository|migration)\\.ts$', '^libs/(runtime|messaging)/', '\\.module\\.ts$', test],
      },
      to: { path: 'node_modules/typeorm/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'clients-speak-http',
      comment: 'portal and cli know the API, not the insides',
      severity: 'error',
      from: { path: '^apps/(portal|cli)/' },
      to: { path: '^libs/', pathNot: '^libs/(contracts|client)/' },
    },
    {
      name: 'everything-resolves',
      comment: 'a path that resolves nowhere escapes every other rule',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    { name: 'nobody-imports-a-spec', severity: 'error', from: {}, to: { path: '\\.spec\\.ts$' } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
