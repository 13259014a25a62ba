// The import rules of docs/design.md. One rule per promise; the name is what a violation prints.

const CLIP = '^src/clip(\\.ts$|/)';
const PLAIN = '^src/clip/plain\\.ts$';
const ERRORS = '^src/errors\\.ts$|^src/rate-limit-errors\\.ts$';
const CONFIG = '^src/config(\\.ts$|/)';
const LOG = '^src/log(-limit)?\\.ts$';
const IDENTITY = '^src/process-identity\\.ts$';
const PRIVATE_FILES = '^src/private-files\\.ts$';
const BOUNDED_MAP = '^src/bounded-map\\.ts$';
const METRICS = '^src/metrics(\\.ts$|/)';
const CATALOG = '^src/catalog/';
const PORTS = '^src/activities/ports(\\.ts|/)';
const START_CLIP = '^src/start-clip\\.ts$';
const ENTRY_POINTS = [
  '^src/(workers|ingest|local|doctor|status|library)/main\\.ts$',
  '^src/catalog/(reindex/main|pglite/process)\\.ts$',
  '^src/library/browser/(grid|clip)\\.ts$',
  '^src/(local/demo|health/check|media/process/main|workflows/(index|payload-converter))\\.ts$',
];

/** What the week test checks. */
const WEEK_CHECKS = '^src/(clip|activities|workflows|ingest|discord)(\\.ts$|/)';

/** A package by name, wherever node_modules stands. */
const npm = (...names) => `node_modules/(${names.join('|')})/`;
const TYPES_ONLY = ['type-only'];

/** `folder` may import of ours only what is listed, and of `typesFrom` only types. */
function onlyImports(folder, { values = [], typesFrom = [] }) {
  const [name] = /\w+/.exec(folder.replace('^src/', ''));
  return [
    {
      name: `${name}-imports-only`,
      severity: 'error',
      from: { path: folder },
      to: { path: '^(src|test|bench)/', pathNot: [folder, ...values, ...typesFrom] },
    },
    ...(typesFrom.length === 0
      ? []
      : [
          {
            name: `${name}-imports-types-only`,
            severity: 'error',
            from: { path: folder },
            to: { path: typesFrom, pathNot: [folder, ...values], dependencyTypesNot: TYPES_ONLY },
          },
        ]),
  ];
}

/** Only `folders` of src may import `path`. */
function onlyFrom(name, folders, path) {
  return { name, severity: 'error', from: { path: '^src/', pathNot: folders }, to: { path } };
}

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-dead-modules',
      comment: 'Nothing that runs reaches it.',
      severity: 'error',
      from: { path: ENTRY_POINTS },
      to: { path: '^src/', pathNot: ['^src/emulator/', ...ENTRY_POINTS], reachable: false },
    },
    {
      name: 'no-dead-modules-in-emulator',
      comment: 'Tests need faults that the demo does not.',
      severity: 'error',
      from: { path: ['^src/local/main\\.ts$', '^bench/', '^test/'] },
      to: { path: '^src/emulator/', reachable: false },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'src-imports-no-dev-dependency',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        pathNot: 'node_modules/@types/',
      },
    },
    {
      name: 'src-imports-only-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts|dist)/' },
    },

    {
      name: 'the-week-shares-no-code',
      comment: 'The week test derives the truth by itself, so that no fault can be on both sides.',
      severity: 'error',
      from: { path: '^test/(support/)?week/' },
      to: { path: WEEK_CHECKS },
    },
    {
      name: 'the-truth-of-the-week-shares-no-code',
      severity: 'error',
      from: { path: '^test/support/week/truth/' },
      to: { path: WEEK_CHECKS, reachable: true },
    },

    ...onlyImports(CLIP, {}),
    ...onlyImports(ERRORS, { values: [PLAIN] }),
    ...onlyImports(BOUNDED_MAP, {}),
    {
      name: 'errors-imports-temporalio-common-alone',
      severity: 'error',
      from: { path: ERRORS },
      to: { path: 'node_modules/', pathNot: npm('@temporalio/common') },
    },
    {
      name: 'sandbox-has-no-node-modules',
      comment: 'What workflows import runs in the sandbox of Temporal.',
      severity: 'error',
      from: { path: ['^src/workflows/', CLIP, ERRORS] },
      to: { dependencyTypes: ['core'] },
    },

    ...onlyImports('^src/workflows/', { values: [CLIP, ERRORS], typesFrom: ['^src/activities/'] }),
    {
      name: 'workflows-import-temporalio-and-valibot-alone',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: {
        path: 'node_modules/',
        pathNot: npm('@temporalio/workflow', '@temporalio/common', 'valibot'),
      },
    },

    ...onlyImports('^src/activities/', {
      values: [CLIP, ERRORS, BOUNDED_MAP],
      typesFrom: [START_CLIP, METRICS],
    }),
    {
      name: 'ports-are-types',
      comment: 'Activities get their ports as arguments: what they need is named there, not made.',
      severity: 'error',
      from: { path: '^src/activities/', pathNot: PORTS },
      to: { path: PORTS, dependencyTypesNot: TYPES_ONLY },
    },

    ...['discord', 'media', 'store'].flatMap((adapter) =>
      onlyImports(`^src/${adapter}/`, {
        values: [
          CLIP,
          ERRORS,
          LOG,
          METRICS,
          BOUNDED_MAP,
          ...(adapter === 'discord' ? [] : [IDENTITY, PRIVATE_FILES]),
        ],
        typesFrom: [PORTS, CONFIG],
      }),
    ),
    onlyFrom('discord-js-only-in-ingest', ['^src/ingest/'], npm('discord\\.js')),
    onlyFrom('discordjs-packages-only-in-discord', ['^src/discord/'], npm('@discordjs/[^/]+')),
    onlyFrom('google-cloud-storage-only-in-store', ['^src/store/'], npm('@google-cloud/storage')),
    onlyFrom('fluent-ffmpeg-only-in-media', ['^src/media/'], npm('(@types/)?fluent-ffmpeg')),
    onlyFrom('mediabunny-only-in-media', ['^src/media/'], npm('mediabunny')),

    ...onlyImports(`${CATALOG}(?!reindex/)`, {
      values: [CLIP, ERRORS, LOG, METRICS, BOUNDED_MAP, IDENTITY, PRIVATE_FILES],
      typesFrom: [PORTS, CONFIG],
    }),
    onlyFrom(
      'databases-only-in-catalog',
      ['^src/catalog/'],
      npm('kysely', 'pg', '@types/pg', '@electric-sql/pglite'),
    ),
    onlyFrom('hono-only-in-library', ['^src/library/'], npm('hono', '@hono/node-server')),
    {
      name: 'browser-code-imports-only-browser-code',
      severity: 'error',
      from: { path: '^src/library/browser/' },
      to: { path: '.', pathNot: '^src/library/browser/' },
    },
    {
      name: 'library-imports-messages-and-types-of-workflows',
      severity: 'error',
      from: { path: '^src/library/' },
      to: {
        path: '^src/workflows/',
        pathNot: '^src/workflows/messages\\.ts$',
        dependencyTypesNot: TYPES_ONLY,
      },
    },
    onlyFrom(
      'only-local-and-doctor-import-library',
      ['^src/local/', '^src/doctor/', '^src/library/'],
      '^src/library/',
    ),

    ...onlyImports(LOG, { values: [CLIP, ERRORS, BOUNDED_MAP], typesFrom: [CONFIG] }),
    ...onlyImports(METRICS, { typesFrom: [CLIP] }),
    ...onlyImports('^src/temporal/', { values: [CLIP, ERRORS, LOG, CONFIG, METRICS] }),
    ...onlyImports('^src/emulator/', {}),

    {
      name: 'ingest-imports-messages-and-types-of-workflows',
      severity: 'error',
      from: { path: '^src/ingest/' },
      to: {
        path: '^src/workflows/',
        pathNot: '^src/workflows/messages\\.ts$',
        dependencyTypesNot: TYPES_ONLY,
      },
    },
    onlyFrom('only-local-imports-workers', ['^src/local/', '^src/workers/'], '^src/workers/'),
    onlyFrom('only-local-imports-ingest', ['^src/local/', '^src/ingest/'], '^src/ingest/'),
    onlyFrom('only-local-imports-emulator', ['^src/local/', '^src/emulator/'], '^src/emulator/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
