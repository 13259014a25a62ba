import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A small source tree that follows every import rule. */
const LAWFUL: Record<string, string[]> = {
  'src/clip/clip.ts': ["import './lease.ts'"],
  'src/clip/lease.ts': [],
  'src/errors.ts': ["import '@temporalio/common'"],
  'src/bounded-map.ts': [],
  'src/config.ts': [],
  'src/log.ts': ["import type {} from './config.ts'", "import './bounded-map.ts'", "import 'pino'"],
  'src/process-identity.ts': [],
  'src/start-clip.ts': ["import type {} from './workflows/messages.ts'"],
  'src/workflows/index.ts': ["export * from './clip/workflow.ts'"],
  'src/workflows/clip/workflow.ts': [
    "import '@temporalio/workflow'",
    "import 'valibot'",
    "import '../messages.ts'",
    "import '../../clip/clip.ts'",
    "import '../../errors.ts'",
    "import type {} from '../../activities/persist.ts'",
  ],
  'src/workflows/messages.ts': [],
  'src/activities/ports.ts': ["import type {} from '../clip/clip.ts'"],
  'src/activities/persist.ts': [
    "import type {} from './ports.ts'",
    "import type {} from '../start-clip.ts'",
    "import '../bounded-map.ts'",
    "import '../errors.ts'",
    "import '@temporalio/activity'",
  ],
  'src/discord/rest.ts': [
    "import '@discordjs/rest'",
    "import '../bounded-map.ts'",
    "import '../log.ts'",
    "import type {} from '../config.ts'",
    "import type {} from '../activities/ports.ts'",
  ],
  'src/discord/check.ts': [],
  'src/media/ffmpeg.ts': [
    "import 'fluent-ffmpeg'",
    "import 'mediabunny'",
    "import '../process-identity.ts'",
  ],
  'src/store/bucket.ts': [
    "import '@google-cloud/storage'",
    "import 'node:fs'",
    "import '../process-identity.ts'",
  ],
  'src/temporal/connection.ts': ["import '../config.ts'"],
  'src/workers/main.ts': [
    "import '../temporal/connection.ts'",
    "import '../discord/check.ts'",
    "import '../discord/rest.ts'",
    "import '../media/ffmpeg.ts'",
    "import '../store/bucket.ts'",
    "import '../activities/persist.ts'",
    "import '../start-clip.ts'",
  ],
  'src/ingest/main.ts': [
    "import 'discord.js'",
    "import '../workflows/messages.ts'",
    "import type {} from '../workflows/clip/workflow.ts'",
  ],
  'src/local/main.ts': [
    "import '../workers/main.ts'",
    "import '../ingest/main.ts'",
    "import '../emulator/emulator.ts'",
  ],
  'src/emulator/emulator.ts': ["import 'ws'"],
  'src/emulator/faults.ts': [],
  'test/emulator.test.ts': [
    "import '../src/emulator/faults.ts'",
    "import '../src/workers/main.ts'",
    "import 'fast-check'",
  ],
  'bench/pipeline.ts': ["import '../src/emulator/emulator.ts'"],
  'test/support/week/club.ts': ["import '../../../src/emulator/emulator.ts'"],
  'test/support/week/truth/judge.ts': [],
};

/** Forbidden imports, each with the rule that forbids it. */
const UNLAWFUL: [file: string, statement: string, rule: string][] = [
  ['src/clip/clip.ts', "import '../errors.ts'", 'clip-imports-only'],
  ['src/clip/clip.ts', "import type {} from '../config.ts'", 'clip-imports-only'],
  ['src/clip/clip.ts', "import 'node:crypto'", 'sandbox-has-no-node-modules'],
  ['src/bounded-map.ts', "import './errors.ts'", 'bounded-imports-only'],
  ['src/errors.ts', "import './config.ts'", 'errors-imports-only'],
  ['src/errors.ts', "import 'pino'", 'errors-imports-temporalio-common-alone'],
  ['src/log.ts', "import './config.ts'", 'log-imports-types-only'],
  ['src/log.ts', "import './start-clip.ts'", 'log-imports-only'],
  [
    'src/workflows/clip/workflow.ts',
    "import '../../activities/persist.ts'",
    'workflows-imports-types-only',
  ],
  ['src/workflows/clip/workflow.ts', "import '../../start-clip.ts'", 'workflows-imports-only'],
  ['src/workflows/clip/workflow.ts', "import 'node:fs'", 'sandbox-has-no-node-modules'],
  [
    'src/workflows/clip/workflow.ts',
    "import 'pino'",
    'workflows-import-temporalio-and-valibot-alone',
  ],
  ['src/activities/persist.ts', "import './ports.ts'", 'ports-are-types'],
  ['src/activities/persist.ts', "import '../start-clip.ts'", 'activities-imports-types-only'],
  ['src/activities/persist.ts', "import '../store/bucket.ts'", 'activities-imports-only'],
  [
    'src/activities/persist.ts',
    "import type {} from '../discord/rest.ts'",
    'activities-imports-only',
  ],
  ['src/activities/persist.ts', "import 'discord.js'", 'discord-js-only-in-ingest'],
  ['src/ingest/main.ts', "import '@discordjs/rest'", 'discordjs-packages-only-in-discord'],
  [
    'src/activities/persist.ts',
    "import '@google-cloud/storage'",
    'google-cloud-storage-only-in-store',
  ],
  ['src/activities/persist.ts', "import 'fluent-ffmpeg'", 'fluent-ffmpeg-only-in-media'],
  ['src/activities/persist.ts', "import 'mediabunny'", 'mediabunny-only-in-media'],
  ['src/discord/rest.ts', "import 'discord.js'", 'discord-js-only-in-ingest'],
  ['src/workers/main.ts', "import 'discord.js'", 'discord-js-only-in-ingest'],
  ['src/discord/rest.ts', "import '../activities/ports.ts'", 'discord-imports-types-only'],
  ['src/discord/rest.ts', "import '../store/bucket.ts'", 'discord-imports-only'],
  ['src/discord/check.ts', "import '../process-identity.ts'", 'discord-imports-only'],
  ['src/media/ffmpeg.ts', "import '../activities/persist.ts'", 'media-imports-only'],
  ['src/store/bucket.ts', "import '../config.ts'", 'store-imports-types-only'],
  ['src/temporal/connection.ts', "import '../start-clip.ts'", 'temporal-imports-only'],
  [
    'src/ingest/main.ts',
    "import '../workflows/clip/workflow.ts'",
    'ingest-imports-messages-and-types-of-workflows',
  ],
  ['src/ingest/main.ts', "import '../workers/main.ts'", 'only-local-imports-workers'],
  ['src/workers/main.ts', "import '../ingest/main.ts'", 'only-local-imports-ingest'],
  ['src/workers/main.ts', "import '../emulator/emulator.ts'", 'only-local-imports-emulator'],
  ['src/emulator/emulator.ts', "import type {} from '../clip/clip.ts'", 'emulator-imports-only'],
  ['src/workers/main.ts', "import 'fast-check'", 'src-imports-no-dev-dependency'],
  ['src/workers/main.ts', "import 'not-installed'", 'everything-resolves'],
  ['src/workers/main.ts', "import '../../test/emulator.test.ts'", 'src-imports-only-src'],
  ['test/support/week/club.ts', "import '../../../src/clip/clip.ts'", 'the-week-shares-no-code'],
  [
    'test/support/week/truth/judge.ts',
    "import '../club.ts'",
    'the-truth-of-the-week-shares-no-code',
  ],
];

test('the import rules report no violation in a source tree without forbidden imports', async () => {
  assert.deepEqual(await violations(LAWFUL), new Set());
});

test('each forbidden import is reported as a violation of the rule that forbids this import', async () => {
  const tree = structuredClone(LAWFUL);
  for (const [file, statement] of UNLAWFUL) tree[file]?.push(statement);
  tree['src/clip/lease.ts']?.push("import type {} from './clip.ts'");
  tree['src/forgotten.ts'] = [];
  tree['src/emulator/forgotten.ts'] = [];
  const found = await violations(tree);
  const missed = UNLAWFUL.filter(([file, , rule]) => !found.has(`${rule}: ${file}`));
  assert.deepEqual(missed, []);
  assert.ok([...found].some((violation) => violation.startsWith('no-cycles: src/clip/')));
  assert.ok(found.has('no-dead-modules: src/forgotten.ts'));
  assert.ok(found.has('no-dead-modules-in-emulator: src/emulator/forgotten.ts'));
});

/** Writes the tree to a temporary folder, and returns dependency-cruiser's violations as "rule: file". */
async function violations(tree: Record<string, string[]>): Promise<Set<string>> {
  const dir = await mkdtemp(join(tmpdir(), 'everclip-import-rules-'));
  try {
    for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
      await cp(join(ROOT, name), join(dir, name));
    }
    await symlink(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
    for (const [file, statements] of Object.entries(tree)) {
      await mkdir(dirname(join(dir, file)), { recursive: true });
      await writeFile(join(dir, file), `${statements.join(';\n')};\nexport {};\n`);
    }
    return new Set(await cruise(dir));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function cruise(dir: string): Promise<string[]> {
  const bin = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [bin, '--output-type', 'json', 'src', 'test', 'bench'];
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { cwd: dir, maxBuffer: 2 ** 26 }, (_error, stdout) => {
      resolve(stdout); // dependency-cruiser exits with the number of violations
    });
  });
  const { summary } = JSON.parse(output) as {
    summary: { violations: { from: string; rule: { name: string } }[] };
  };
  return summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`);
}
